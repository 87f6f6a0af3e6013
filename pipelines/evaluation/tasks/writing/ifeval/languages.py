"""Which language a text is in: by langdetect where that is installed, as in lm-evaluation-harness, else by
the script of its letters and, among the languages of one script, by their commonest words and letters.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

from pipelines.common.words import word_pattern
from pipelines.evaluation.tasks.writing.ifeval.common_words import COMMON, LETTERS

# The first word of a letter's Unicode name → the languages that are written so.
_SCRIPTS = {
    "LATIN": ("en", "es", "pt", "fr", "de", "it", "pl", "vi", "sw", "fi", "nl", "sv", "tr", "id"),
    "CYRILLIC": ("ru", "uk", "bg"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn",),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "THAI": ("th",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh-cn",),
    "HEBREW": ("he",),
    "GREEK": ("el",),
}
_MOST = 20_000  # characters that are looked at
_LETTER = 0.5  # of a word: what a letter of its own says for a language
_WORD = word_pattern(alone="\0")


def is_in(text: str, language: str) -> bool:
    """True also where the language cannot be told, as IFEval has it."""
    found = detected(text)
    return found is None or found == language


def told_by() -> str:
    return "langdetect" if _langdetect() else "the app's rules"


def detected(text: str) -> str | None:
    """A code such as ``en``; None of a text without letters, or in a script that is not known."""
    return _by_langdetect(text) if _langdetect() else by_rules(text)


def by_rules(text: str) -> str | None:
    """
    >>> by_rules("Der Hund schläft, und die Katze ist nicht da."), by_rules("これは本です。"), by_rules("123")
    ('de', 'ja', None)
    """
    text = unicodedata.normalize("NFC", text[:_MOST]).lower()
    languages = _written_so(text)
    if len(languages) < 2:
        return languages[0] if languages else None
    said = {language: _score(text, language) for language in languages}
    return max(languages, key=lambda language: said[language])  # of equals the first


def _written_so(text: str) -> tuple[str, ...]:
    """The languages of the script that most letters are of. Japanese has Chinese letters among its own."""
    letters = Counter(sign for sign in text if sign.isalpha())
    scripts: Counter[str] = Counter()
    for sign, count in letters.items():
        scripts[unicodedata.name(sign, "").split(" ", 1)[0].split("-")[0]] += count
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts["CJK"] / 10 and scripts["CJK"]:
        scripts["HIRAGANA"] += scripts.pop("CJK")
    known = [(count, script) for script, count in scripts.items() if script in _SCRIPTS and count]
    return _SCRIPTS[max(known)[1]] if known else ()


def _score(text: str, language: str) -> float:
    """How many of the words are among the language's commonest, or have letters that are its own."""
    words = _WORD.findall(text)
    common = sum(word in COMMON[language] for word in words)
    own = re.compile(f"[{LETTERS[language]}]") if LETTERS.get(language) else None
    return common + _LETTER * (sum(bool(own.search(word)) for word in words) if own else 0)


def _by_langdetect(text: str) -> str | None:
    module = _langdetect()
    try:
        return module.detect(text)
    except module.LangDetectException:
        return None


@cache
def _langdetect():
    try:
        import langdetect
    except ImportError:
        return None
    langdetect.DetectorFactory.seed = 0  # the same text, the same answer
    return langdetect
