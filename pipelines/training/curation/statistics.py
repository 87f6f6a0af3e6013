"""What a set of documents amounts to: counts, a histogram of lengths on a logarithmic scale, languages.

A tally takes one document after another and holds no text. Standard library only.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pipelines.training.curation.words import words

BINS_A_DECADE = 4


@dataclass(frozen=True)
class Statistics:
    """``lengths[i]`` counts the documents with ``edge(i)`` to ``edge(i + 1)`` characters (the upper edge not
    included); ``languages`` holds (ISO 639 code, documents), the most frequent first."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    words: int = 0
    lengths: tuple[int, ...] = ()
    languages: tuple[tuple[str, int], ...] = ()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Statistics":
        pairs = tuple((str(code), int(count)) for code, count in values["languages"])
        return cls(**{**values, "lengths": tuple(values["lengths"]), "languages": pairs})


def edge(index: int) -> float:
    """The lower edge of a bin of lengths, in characters.

    >>> edge(0), edge(4), round(edge(9))
    (1.0, 10.0, 178)
    """
    return 10.0 ** (index / BINS_A_DECADE)


def bin_of(characters: int) -> int:
    """The bin of a length of at least one character; exact at the edges that are powers of ten.

    >>> bin_of(1), bin_of(9), bin_of(10), bin_of(1000)
    (0, 3, 4, 12)
    """
    return math.floor(BINS_A_DECADE * math.log10(max(1, characters)) + 1e-9)


@dataclass
class Tally:
    """Counts documents as they pass."""

    documents: int = 0
    characters: int = 0
    bytes: int = 0
    words: int = 0
    lengths: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)

    def add(self, text: str, language: str) -> None:
        self.documents += 1
        self.characters += len(text)
        self.bytes += len(text.encode("utf-8", "replace"))
        self.words += len(words(text))
        self.lengths[bin_of(len(text))] += 1
        self.languages[language] += 1

    def statistics(self) -> Statistics:
        last = max(self.lengths, default=-1)
        ranked = sorted(self.languages.items(), key=lambda pair: (-pair[1], pair[0]))
        return Statistics(
            self.documents,
            self.characters,
            self.bytes,
            self.words,
            tuple(self.lengths[i] for i in range(last + 1)),
            tuple(ranked),
        )
