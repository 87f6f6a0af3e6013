"""Which chunks hold what a question asks for, by places in the documents. Pure.

A chunk is relevant when it shares at least half of the shorter of the two with a gold place: a sentence that
is whole or mostly in a chunk, or a chunk that lies mostly in a long section.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.rag.measuring.questions import Gold

ENOUGH = 0.5


@dataclass(frozen=True)
class Piece:
    """A chunk by its place; ``document`` is the document's name."""

    id: str
    document: str
    start: int
    end: int


@dataclass(frozen=True)
class Pieces:
    """All chunks of a collection, by document in the order of the text."""

    by_document: Mapping[str, tuple[Piece, ...]]

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "Pieces":
        found: dict[str, list[Piece]] = {}
        for piece in pieces:
            found.setdefault(piece.document, []).append(piece)
        return cls({name: tuple(several) for name, several in found.items()})

    def relevant(self, golds: Sequence[Gold]) -> tuple[Piece, ...]:
        """Every chunk that holds one of the places."""
        found = {
            piece.id: piece
            for gold in golds
            for piece in self.by_document.get(gold.document, ())
            if is_relevant(piece, gold)
        }
        return tuple(found.values())


def is_relevant(piece: Piece, gold: Gold, enough: float = ENOUGH) -> bool:
    """
    >>> gold = Gold("a.md", 10, 20, "ten chars.")
    >>> [is_relevant(Piece("1", "a.md", 0, end), gold) for end in (14, 15)]
    [False, True]
    """
    if piece.document != gold.document:
        return False
    shorter = min(gold.end - gold.start, piece.end - piece.start)
    return gold.whole or (shorter > 0 and _shared(piece, gold) >= enough * shorter)


def holds_whole(piece: Piece, gold: Gold) -> bool:
    """The chunk has the place from its first to its last character, or lies in it."""
    if piece.document != gold.document:
        return False
    inside = gold.start <= piece.start and piece.end <= gold.end
    return gold.whole or inside or (piece.start <= gold.start and gold.end <= piece.end)


def recalled(pieces: Sequence[Piece], golds: Sequence[Gold]) -> float:
    """Context recall: the share of the places' characters that the chunks have together, the mean over the
    places. A whole document counts as had when any chunk is of it.

    >>> recalled([Piece("1", "a.md", 0, 15)], [Gold("a.md", 10, 20, "ten chars.")])
    0.5
    """
    shares = [_share(pieces, gold) for gold in golds]
    return sum(shares) / len(shares) if shares else 0.0


def _share(pieces: Sequence[Piece], gold: Gold) -> float:
    mine = sorted((one.start, one.end) for one in pieces if one.document == gold.document)
    if gold.whole:
        return float(bool(mine))
    had, place = 0, gold.start
    for start, end in mine:
        start, end = max(start, place), min(end, gold.end)
        if start < end:
            had, place = had + end - start, end
    return had / (gold.end - gold.start)


def _shared(piece: Piece, gold: Gold) -> int:
    return max(0, min(piece.end, gold.end) - max(piece.start, gold.start))
