"""Atoms become chunks: as many as fit, after the end of the chunk before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.rag.chunking.boundaries import Level
from pipelines.rag.chunking.ground import Atom, Ground, Joins

_STEP = 500  # atoms
_CONTEXT = 2000  # characters before an overlap that are read to see where its sentences begin


@dataclass(frozen=True)
class Packed:
    """Characters ``begin`` to ``end``; those before ``own`` are repeated."""

    begin: int
    own: int
    end: int


@dataclass(frozen=True)
class Overlap:
    """At most so many ``tokens`` are repeated, from the first place among them that a level finds, asked in
    the order of ``levels``; where none does, nothing."""

    tokens: int
    levels: Sequence[Level]


def packed(atoms: Iterator[Atom | None], ground: Ground, overlap: Overlap) -> Iterator[Packed | None]:
    """At most ``ground.size`` tokens each, unless an atom alone has more; less is repeated where the next
    atom needs the room. A chunk that the next would repeat whole becomes part of it."""
    now: Packed | None = None
    for number, atom in enumerate(atoms):
        if atom is None or number % _STEP == _STEP - 1:
            yield None
        if atom is None:
            continue
        if now and atom.joins is Joins.TOGETHER and ground.fits(now.begin, atom.end):
            now = Packed(now.begin, now.own, atom.end)
            continue
        begin = _repeated(now, atom, ground, overlap)
        if now and begin <= now.begin:
            now = Packed(now.begin, now.own, atom.end)
            continue
        if now:
            yield now
        now = Packed(begin, atom.start, atom.end)
    if now:
        yield now


def _repeated(before: Packed | None, atom: Atom, ground: Ground, overlap: Overlap) -> int:
    """Where the chunk that ``atom`` opens begins, from ``before.begin`` to the atom itself."""
    room = min(overlap.tokens, ground.size - ground.ruler.count(atom.start, atom.end))
    if before is None or atom.joins is Joins.FRESH or room <= 0:
        return atom.start
    lowest = max(before.begin, ground.ruler.before(atom.start, room))
    if lowest == before.begin:
        return lowest
    begin = max(before.begin, lowest - _CONTEXT)
    for level in overlap.levels:
        for place in level(ground.text, ground.ruler, begin, atom.start):
            if place is not None and place >= lowest and ground.may_cut(place):
                return place
    return atom.start
