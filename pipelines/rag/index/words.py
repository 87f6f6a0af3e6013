"""A text's words as BM25 counts them: lower case, without the words that say little and without endings."""

import re
import unicodedata
from functools import cache

import Stemmer
from bm25s import stopwords

from pipelines.common.words import word_pattern
from pipelines.core.errors import SpecError
from pipelines.rag.specs import LANGUAGES

_WORD = word_pattern()
_APOSTROPHE = re.compile("['’]")
# NLTK's lists, which bm25s carries. Of English the longer one, which has question words too: on FairytaleQA's
# training questions it finds 1 in 100 more.
_STOP_WORDS = {
    "english": stopwords.STOPWORDS_EN_PLUS,
    "french": stopwords.STOPWORDS_FRENCH,
    "german": stopwords.STOPWORDS_GERMAN,
    "spanish": stopwords.STOPWORDS_SPANISH,
    "italian": stopwords.STOPWORDS_ITALIAN,
    "portuguese": stopwords.STOPWORDS_PORTUGUESE,
    "dutch": stopwords.STOPWORDS_DUTCH,
    "swedish": stopwords.STOPWORDS_SWEDISH,
    "danish": stopwords.STOPWORDS_DANISH,
    "norwegian": stopwords.STOPWORDS_NORWEGIAN,
    "finnish": (),  # none in NLTK's form here; its stemmer does the most
    "russian": stopwords.STOPWORDS_RUSSIAN,
    "none": (),
}


class Analyser:
    """``words(text)`` for one of LANGUAGES; ``none`` leaves every word as it is. Stems are Snowball's."""

    def __init__(self, language: str):
        if language not in LANGUAGES:
            raise SpecError("language", language, f"one of {', '.join(LANGUAGES)}")
        self._english = language == "english"
        self._stop = frozenset(_STOP_WORDS[language])
        self._stemmer = None if language == "none" else Stemmer.Stemmer(language)

    def words(self, text: str) -> list[str]:
        """In their order, each as often as it stands there.

        >>> Analyser("english").words("The fox's cubs were sleeping; 犬が two!")
        ['fox', 'cub', 'sleep', '犬', 'が', 'two']
        """
        found = _WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
        if not self._english:  # l'amore, qu'il: two words; English has its ending 's in the stemmer
            found = [part for word in found for part in _APOSTROPHE.split(word)]
        kept = [word for word in found if word not in self._stop]
        return self._stemmer.stemWords(kept) if self._stemmer else kept


@cache
def analyser(language: str) -> Analyser:
    """Made once. Raises :class:`SpecError` for a language that is not among LANGUAGES."""
    return Analyser(language)
