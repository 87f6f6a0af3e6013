"""Words that say something, by their stems, and how much each says. Knows no models.

Stems are Snowball's (PyStemmer); what no stemmer knows stays as it is, so that texts in other languages are
compared by whole words.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from pipelines.common.words import word_pattern
from pipelines.rag.answering.helping import HELPING

_WORD = word_pattern()


def stems(text: str) -> list[str]:
    """Of all words, in their order.

    >>> stems("The foxes' golden balls")
    ['the', 'fox', 'golden', 'ball']
    """
    return list(_stemmed(text))


def content(text: str) -> list[str]:
    """Stems of the words that are not mere helpers.

    >>> content("What did the fox say to her?"), content("Why?")
    (['fox'], [])
    """
    return [stem for word, stem in zip(_words(text), _stemmed(text), strict=True) if word not in HELPING]


def weights(texts: Iterable[str]) -> Callable[[str], float]:
    """How much a stem says among these texts: log(1 + n / (1 + texts that have it)), as in BM25's idea."""
    found = [set(_stemmed(text)) for text in texts]
    counts, size = Counter(stem for one in found for stem in one), len(found)
    return lambda stem: math.log1p(max(1, size) / (1 + counts[stem]))


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'").removesuffix("'s").strip("'") for word in _WORD.findall(text)]


@lru_cache(maxsize=2048)
def _stemmed(text: str) -> tuple[str, ...]:
    return tuple(_stemmer().stemWords(_words(text)))


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def shared(one: Sequence[str], other: Iterable[str], weight: Callable[[str], float]) -> float:
    """The share of what ``one`` says that ``other`` has too; 0 where it says nothing."""
    there, known = set(one), set(other)
    whole = sum(map(weight, there))
    return sum(weight(stem) for stem in there & known) / whole if whole else 0.0
