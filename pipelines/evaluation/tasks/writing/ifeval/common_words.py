"""The commonest words of languages that share a script, and letters that tell them apart. Standard library
only.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON: dict[str, frozenset[str]] = {
    "en": _words("""
        the of and to a in is was i it you that for on with he she they we be are this have from or had by not
        but what all were when your can said there an each which do how their if will up about out many then
        them these so some her would make like him into has more my as at me no our who did been its
    """),
    "es": _words("""
        el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer o
        este ir otro ese si me ya ver porque dar cuando muy sin mi sobre también hasta hay donde quien desde
        los las una es son del al está fue era esta esto nos ni yo uno mis sus
    """),
    "pt": _words("""
        o a de que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à
        seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem
        mesmo aos ter seus quem nas me esse eles você são essa num nem suas meu minha
    """),
    "fr": _words("""
        le la les de des du un une et à en dans que qui est pas ne je il elle nous vous ils ce cette ces pour
        par sur avec plus mais ou où son sa ses leur au aux se sont être avoir fait comme tout on lui même été
        était mon ma mes votre vos notre très si c'est d'un d'une qu'il n'est l'on
    """),
    "de": _words("""
        der die das und ist in zu den von mit sich nicht ein eine für auf dem des im als auch es an werden aus
        er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder
        aber vor zur bis mehr durch man sein wurde ich du wir ihr mein dein kein wenn was kann
    """),
    "it": _words("""
        il lo la i gli le di a da in con su per tra fra e è che non un una uno del della dei delle dello al
        alla ai alle nel nella si come più ma se anche sono ho ha hanno questo questa quello io tu lui lei noi
        voi loro mi ti ci vi suo sua essere era stato molto dove quando perché cosa
    """),
    "pl": _words("""
        w i na z się nie do to że jest o a jak po co ale za od tak przez dla czy być są jego jej ich ten ta te
        tego tej który która które było był była lub oraz już tylko może ze przy pod nad ja ty on ona my wy
        oni mnie mi sobie bardzo gdy kiedy jako
    """),
    "vi": _words("""
        và của là có trong được cho một không với các những để này đã người khi đến từ về cũng như nhiều tôi
        bạn chúng ta anh chị em nó ra vào thì mà nhưng nếu sẽ đó ở trên hơn rất làm việc năm ngày phải còn
    """),
    "sw": _words("""
        na ya wa kwa ni katika la za cha kuwa hii kama au lakini pia kwamba yake wake wao hiyo huo sana moja
        baada kila watu mtu mimi wewe yeye sisi ninyi si hakuna kutoka hadi ili bila hivyo vya kuna alikuwa
        ilikuwa huyu hizi hapo mwaka siku yangu wangu yetu zaidi
    """),
    "fi": _words("""
        ja on ei se että en hän oli mutta ovat kun niin myös kuin jos joka mitä minä sinä me te he tämä tuo
        nyt vain sen hänen ole olla olen ollut jo tai sekä joka jonka jotka mukaan vielä kuten hyvin kaikki
        mikä koska sitten sitä häntä minun sinun
    """),
    "nl": _words("""
        de het een en van ik te dat die in is niet zijn op met voor hij er aan om ook als maar dan ze bij nog
        naar heeft was uit door over wel zo wat je we of haar kan geen werd hebben deze dit
    """),
    "sv": _words("""
        och i att det som en på är av för med den till inte har de ett om var jag han men sig från vi så kan
        när hon vid under ska eller nu också mycket efter där sin
    """),
    "tr": _words("""
        ve bir bu da de için ile çok olarak daha ne gibi en var ama kadar sonra o olan mi mu ben sen biz siz
        onlar değil her şey yok ki ya diye olduğu
    """),
    "id": _words("""
        yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada mereka kita kamu
        dia bisa adalah oleh sudah atau seperti lebih telah kami sebagai
    """),
    "ru": _words("""
        и в не на что он с я как это по но из у за к то все так его же от для она мы вы они был была было были
        только бы мне еще ещё меня есть если или ни до ты быть кто когда уже при чтобы этот эта эти мой очень
    """),
    "uk": _words("""
        і й в у не на що він з я як це по але із за до то всі так його ж від для вона ми ви вони був була було
        були тільки б мені ще мене є якщо або ні ти бути хто коли вже при щоб цей ця ці мій дуже та про
    """),
    "bg": _words("""
        и в не на че той с аз като това по но от за към то всички така го се ще си да са е тя ние вие те беше
        бяха само би ми още ме има ако или ни до ти който която които кога вече при този тази тези моя много
        съм сме във със ги
    """),
    "ar": _words("""
        في من على إلى أن هذا هذه التي الذي كان ما لا عن مع هو هي أو كل بعد قد لم ثم بين ذلك كما حتى إذا إن عند
        كانت لكن نحن أنت أنا هم منه فيه لها له عليه يمكن غير
    """),
    "fa": _words("""
        و در به از که این را با است برای آن یک خود تا کرد بر هم نیز گفت می شود شد ما من تو او آنها ایشان شما
        باید اما یا هر بود اگر هیچ چه چون وی شده کند بین پس دارد هستند نیست ها های
    """),
    "ur": _words("""
        کے کی میں ہے اور سے کا کو اس نے کہ پر یہ ہیں بھی ایک تھا ہو ان تھے جو کر وہ ہم آپ لیے نہیں گیا تھی کیا
        ہوئے ہی تک یا اپنے کسی جب تو مجھے میرے اگر بہت ساتھ
    """),
    "hi": _words("""
        के का की में है और से को एक पर यह हैं ने कि भी था हो इस नहीं कर जो ही तो वह लिए उस या थे गया अपने कुछ
        हम आप मैं थी हुए जब तक बहुत साथ मेरे उनके किया होता करने रहा
    """),
    "mr": _words("""
        आहे आणि या हा ही हे तो ती ते मी तू आम्ही तुम्ही आपण च ना नाही होते होता होती आहेत की व पण मध्ये साठी
        केले त्या त्यांच्या एक असे असा अशी काही तर म्हणून झाले झाला करून त्याच्या येथे माझ्या खूप
    """),
    "ne": _words("""
        छ र को का मा लाई ले गरेको भएको थियो छन् हो यो त्यो पनि भन्ने हरू एक गर्न भने तर म हामी तपाईं उनी
        उनले गर्ने हुन्छ हुने रहेको गरी नेपाल यस त्यस अनि थिए गर्दै भयो छैन मेरो धेरै
    """),
}
# Letters that others of the same script hardly have.
LETTERS = {
    "es": "ñ¿¡", "pt": "ãõ", "fr": "œêèçùûîâ", "de": "ßäöü", "it": "ìò", "pl": "ąęłńśźż",
    "vi": "ăơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", "fi": "ä", "sv": "å", "tr": "ığş",
    "ru": "ыэё", "uk": "іїєґ", "bg": "ъ", "fa": "پچگی", "ur": "ٹڈڑےںھہ", "ar": "ةىأإي", "mr": "ळ", "ne": "ँ",
}  # fmt: skip
