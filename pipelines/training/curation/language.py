"""The language of a text, told offline by py3langid (a naive Bayes model over byte n-grams, 97 languages)."""

from functools import lru_cache
from typing import Any

UNKNOWN = "und"  # ISO 639's code for undetermined
_CHARS = 400  # more hardly changes the answer and takes time in proportion
_SURE = 0.5


def language_of(text: str) -> str:
    """ISO 639 code of the language in which the text begins; ``und`` where that is a guess.

    >>> language_of("Der Hund lief schnell über die Straße und bellte laut.")
    'de'
    """
    excerpt = text[:_CHARS]
    if not any(map(str.isalpha, excerpt)):
        return UNKNOWN
    code, probability = _identifier().classify(excerpt)
    return code if probability >= _SURE and code != "zxx" else UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model comes with the package; reading it takes a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
