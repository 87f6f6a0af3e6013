"""From coarse parts to fine ones, as far as it must be: the recursion that several chunkers share."""

from collections.abc import Iterator, Sequence

from pipelines.rag.chunking.boundaries import Level
from pipelines.rag.chunking.ground import Atom, Ground, Joins


def divided(
    ground: Ground, start: int, end: int, levels: Sequence[Level], joins: Joins = Joins.TOGETHER
) -> Iterator[Atom | None]:
    """Atoms of characters ``start`` to ``end``: the parts of the first level, those that are too long in
    parts of the next. What was divided shares no chunk with its neighbours. The last level is taken as it
    is. ``joins`` is of the first atom."""
    level, *finer = levels
    for part in ground.parts(start, end, level):
        if part is None:
            yield None
        elif not finer or ground.fits(*part):
            yield Atom(*part, joins)
            joins = Joins.TOGETHER
        else:
            apart = joins if part[0] == start else Joins.APART
            yield from divided(ground, *part, finer, apart)
            joins = Joins.APART
