"""What every chunker works on: a text that is measured, and which places of it may be cut."""

from bisect import bisect_left
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum

from pipelines.rag.chunking.boundaries import Level
from pipelines.rag.chunking.counting import Counter, Ruler, measured
from pipelines.rag.chunking.pieces import after_space
from pipelines.rag.documents.document import Document

Span = tuple[int, int]


class Joins(Enum):
    """What an atom has to do with the one before: it may share a chunk with it; it begins a chunk that may
    repeat the end of the one before; it begins one that repeats nothing."""

    TOGETHER = "together"
    APART = "apart"
    FRESH = "fresh"


@dataclass(frozen=True)
class Atom:
    """Characters that stay in one chunk."""

    start: int
    end: int
    joins: Joins = Joins.TOGETHER


@dataclass(frozen=True)
class Ground:
    """``size`` is in tokens. ``blocks`` are those that fit into a chunk, in order; none overlaps another."""

    text: str
    ruler: Ruler
    size: int
    blocks: tuple[Span, ...] = ()

    @property
    def whole(self) -> Span:
        """All of the text, from its first character that is no space."""
        return after_space(self.text, 0, len(self.text)), len(self.text)

    def fits(self, start: int, end: int) -> bool:
        return self.ruler.count(start, end) <= self.size

    def may_cut(self, place: int) -> bool:
        """Whether a chunk may begin at ``place``: not within a block."""
        found = bisect_left(self.blocks, (place, 0)) - 1
        return found < 0 or place >= self.blocks[found][1]

    def parts(self, start: int, end: int, level: Level) -> Iterator[Span | None]:
        """Characters ``start`` to ``end`` divided wherever ``level`` finds a place; None ends a step."""
        begin = start
        for place in level(self.text, self.ruler, start, end):
            if place is None:
                yield None
            elif place > begin and self.may_cut(place):
                yield begin, place
                begin = place
        if begin < end:
            yield begin, end


def prepared(document: Document, counter: Counter, size: int) -> Generator[None, None, Ground]:
    """``ground = yield from prepared(...)``."""
    ruler = yield from measured(document.text, counter)
    blocks: list[Span] = []
    for mark in sorted((m.start, -m.end) for m in document.marks if m.kind == "block"):
        start, end = mark[0], -mark[1]
        if ruler.count(start, end) <= size and (not blocks or start >= blocks[-1][1]):
            blocks.append((start, end))
    return Ground(document.text, ruler, size, tuple(blocks))
