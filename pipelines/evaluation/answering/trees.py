"""Which texts are read together so that what they begin with is read once. Pure functions of token ids.

The options of an item share its context: they become one row, a tree whose branches do not see each other.
Items that share their examples share a stem: it is read before all of their rows.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.evaluation.answering.encoding import Reading

_LEAST = 4  # tokens in common for which two texts share a row
_PAYS = 256  # tokens that need not be read again for which a stem is read apart
_WIDEST = 1024  # columns of a row: each is held against all others


@dataclass
class Tree:
    """Columns in the order in which a walk meets them, each text's tokens from the first on.

    ``tokens``, ``depths`` (tokens before it in its text, without the stem) and ``ends`` (the last column that
    sees it) have one number a column. ``asked`` are (number of the reading, place among its scored tokens,
    column after which it is asked, token that is asked about)."""

    tokens: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    asked: list[tuple[int, int, int, int]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def branches(self) -> bool:
        return self.depths[-1] + 1 < len(self.tokens)

    @property
    def first(self) -> int:
        """The first column that is asked about."""
        return min((column for _, _, column, _ in self.asked), default=len(self) - 1)


@dataclass(frozen=True)
class Group:
    """``stem`` stands before each of the trees."""

    stem: tuple[int, ...]
    trees: list[Tree]

    @property
    def masked(self) -> bool:
        """Whether who sees whom is more than causal."""
        return bool(self.stem) or any(tree.branches for tree in self.trees)


def groups_of(readings: Sequence[Reading], branching: bool, window: int | None = None) -> list[Group]:
    """All readings that ask something, each in one tree. Where not ``branching``, a tree is one text and
    others that begin it. A tree with branches has at most ``window`` columns, its stem included."""
    order = sorted(
        (number for number, one in enumerate(readings) if one.scored),
        key=lambda number: readings[number].read,
    )
    if not branching:
        return _groups([], _planted(readings, _chains(readings, order), 0, sys.maxsize))
    most = _WIDEST if window is None else min(_WIDEST, window)
    stems, free = [], []
    for run in _runs(readings, order, 0):
        stem = _stem(readings, run)
        trees = _planted(readings, _runs(readings, run, stem), stem, most)
        fits = window is None or all(len(tree) + stem <= window for tree in trees)
        if fits and stem * (len(trees) - 1) >= _PAYS:
            stems.append(Group(readings[run[0]].ids[:stem], trees))
        else:
            free += _planted(readings, [run], 0, most)
    return _groups(stems, free)


def stemmed(readings: Sequence[Reading], stem: int) -> Group:
    """All readings behind the ``stem`` tokens that they begin with."""
    order = sorted(range(len(readings)), key=lambda number: readings[number].read)
    return Group(readings[0].ids[:stem], list(_grown(readings, order, stem, _WIDEST)))


def _groups(stems: list[Group], free: list[Tree]) -> list[Group]:
    """Trees that branch and those that do not are read differently."""
    kinds = ([tree for tree in free if tree.branches is branches] for branches in (True, False))
    return [*stems, *(Group((), trees) for trees in kinds if trees)]


def _runs(readings: Sequence[Reading], order: Sequence[int], skip: int) -> Iterator[list[int]]:
    """Neighbours of the sorted order, as many as save most: another one joins unless the shorter beginning
    that all then share saves less than the longer one did."""
    run: list[int] = []
    shared = 0
    for number in order:
        if run:
            last, read = readings[run[-1]].read, readings[number].read
            own = common(last, read) - skip
            now = own if len(run) == 1 else min(shared, own)
            worth = now >= _LEAST or now == len(read) - skip
            if worth and now * len(run) >= shared * (len(run) - 1):
                run.append(number)
                shared = now
                continue
            yield run
        run, shared = [number], 0
    if run:
        yield run


def _stem(readings: Sequence[Reading], run: Sequence[int]) -> int:
    """How many tokens all begin with after none of which anything is asked."""
    first, last = readings[run[0]].read, readings[run[-1]].read  # sorted: what these share, all share
    return min(common(first, last), *(len(readings[at].ids) - readings[at].scored - 1 for at in run))


def _planted(readings: Sequence[Reading], runs: Iterable[Sequence[int]], skip: int, most: int) -> list[Tree]:
    return [tree for run in runs for tree in _grown(readings, run, skip, most)]


def _grown(readings: Sequence[Reading], run: Sequence[int], skip: int, most: int) -> Iterator[Tree]:
    """One tree, or several where it would have more than ``most`` columns."""
    tree, before = Tree(), ()
    for number in run:
        read = readings[number].read[skip:]
        if tree.tokens and len(tree) + len(read) - common(before, read) > most:
            yield tree
            tree, before = Tree(), ()
        _grow(tree, number, readings[number], skip, common(before, read))
        before = read
    yield tree


def _chains(readings: Sequence[Reading], order: Sequence[int]) -> Iterator[list[int]]:
    """Neighbours of the sorted order of which each begins with the one before."""
    chain: list[int] = []
    for number in order:
        if chain and common(readings[chain[-1]].read, readings[number].read) < len(readings[chain[-1]].read):
            yield chain
            chain = []
        chain.append(number)
    if chain:
        yield chain


def _grow(tree: Tree, number: int, reading: Reading, skip: int, shared: int) -> None:
    """Put a reading in behind the last one, with whose read tokens after the stem it shares so many."""
    path = _path(tree)[:shared]
    read = reading.read[skip:]
    begin, end = len(tree), len(tree) + len(read) - shared
    tree.tokens += read[shared:]
    tree.depths += range(shared, len(read))
    tree.ends += [0] * (end - begin)
    path += range(begin, end)
    for column in path:
        tree.ends[column] = end - 1
    first = len(reading.ids) - reading.scored
    tree.asked += [
        (number, at, path[first + at - 1 - skip], reading.ids[first + at]) for at in range(reading.scored)
    ]
    tree.numbers.append(number)


def _path(tree: Tree) -> list[int]:
    """The columns of the reading that was put in last."""
    last = len(tree) - 1
    return [column for column in range(len(tree)) if tree.ends[column] == last]


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with.

    >>> common((3, 1, 4), (3, 1, 5, 9))
    2
    """
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
