"""The app's own rules for telling languages, on a few sentences in each language that IFEval asks for."""

import pytest

from pipelines.evaluation.tasks.writing.ifeval import languages

SAID = {
    "en": "The children went to the river in the morning. They saw a boat, but nobody was in it.",
    "es": "Los niños fueron al río por la mañana. Vieron un barco, pero no había nadie en él.",
    "pt": "As crianças foram ao rio de manhã. Elas viram um barco, mas não havia ninguém nele.",
    "fr": "Les enfants sont allés à la rivière le matin. Ils ont vu un bateau, mais il n'y avait personne.",
    "de": "Die Kinder gingen am Morgen zum Fluss. Sie sahen ein Boot, aber niemand war darin.",
    "it": "I bambini sono andati al fiume la mattina. Hanno visto una barca, ma non c'era nessuno.",
    "pl": "Dzieci poszły rano nad rzekę. Zobaczyły łódź, ale nikogo w niej nie było.",
    "vi": "Buổi sáng các em nhỏ đi ra sông. Các em thấy một chiếc thuyền nhưng không có ai ở trong đó.",
    "sw": "Watoto walienda mtoni asubuhi. Waliona mashua lakini hakuna mtu katika mashua hiyo.",
    "fi": "Lapset menivät aamulla joelle. He näkivät veneen, mutta siinä ei ollut ketään.",
    "ru": "Утром дети пошли к реке. Они увидели лодку, но в ней никого не было.",
    "uk": "Вранці діти пішли до річки. Вони побачили човен, але в ньому нікого не було.",
    "bg": "Сутринта децата отидоха при реката. Те видяха лодка, но в нея нямаше никого.",
    "ar": "ذهب الأطفال إلى النهر في الصباح. رأوا قاربا لكن لم يكن فيه أحد.",
    "fa": "بچه‌ها صبح به کنار رودخانه رفتند. آنها یک قایق را دیدند اما هیچ کس در آن نبود.",
    "ur": "بچے صبح دریا پر گئے۔ انہوں نے ایک کشتی دیکھی لیکن اس میں کوئی نہیں تھا۔",
    "hi": "बच्चे सुबह नदी पर गए। उन्होंने एक नाव देखी लेकिन उस में कोई नहीं था।",
    "mr": "मुले सकाळी नदीवर गेली. त्यांनी एक होडी पाहिली पण त्यात कोणीही नव्हते आणि ती रिकामी होती.",
    "ne": "केटाकेटीहरू बिहान नदीमा गए। उनीहरूले एउटा डुङ्गा देखे तर त्यसमा कोही पनि थिएन र त्यो खाली थियो।",
    "bn": "শিশুরা সকালে নদীতে গেল। তারা একটি নৌকা দেখল।",
    "pa": "ਬੱਚੇ ਸਵੇਰੇ ਨਦੀ ਤੇ ਗਏ।",
    "gu": "બાળકો સવારે નદી પર ગયા.",
    "ta": "குழந்தைகள் காலையில் ஆற்றுக்குச் சென்றனர்.",
    "te": "పిల్లలు ఉదయం నదికి వెళ్లారు.",
    "kn": "ಮಕ್ಕಳು ಬೆಳಿಗ್ಗೆ ನದಿಗೆ ಹೋದರು.",
    "ml": "കുട്ടികൾ രാവിലെ പുഴയിലേക്ക് പോയി.",
    "th": "เด็กๆ ไปที่แม่น้ำในตอนเช้า",
    "ko": "아이들은 아침에 강으로 갔습니다.",
    "ja": "子供たちは朝、川へ行きました。",
    "he": "הילדים הלכו בבוקר אל הנהר.",
}


@pytest.mark.parametrize("language", SAID)
def test_each_language_is_told(language):
    assert languages.by_rules(SAID[language]) == language
    assert languages.by_rules(SAID[language].upper()) == language


@pytest.mark.parametrize("text", ["", "123 + 4", "!?", "ᚠᚢᚦ"])
def test_what_cannot_be_told_counts_as_followed(text):
    assert languages.by_rules(text) is None


def test_is_in(monkeypatch):
    monkeypatch.setattr(languages, "_langdetect", lambda: None)
    assert languages.is_in(SAID["fr"], "fr") and not languages.is_in(SAID["fr"], "en")
    assert languages.is_in("123", "en")


def test_langdetect_says_the_same():
    pytest.importorskip("langdetect")
    told = {language: languages.detected(text) for language, text in SAID.items()}
    assert told == {language: languages.by_rules(text) for language, text in SAID.items()}
