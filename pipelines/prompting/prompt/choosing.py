"""Which examples of a pool a prompt shows. Every way is a sequence whose first k are taken: what k examples
show, k + 1 show too, so that a curve over k compares prompts that differ by what was added. Standard library
only.
"""

import random
from collections.abc import Collection, Iterator, Sequence

from pipelines.prompting.calls import Item


def drawn(rng: random.Random, count: int) -> Iterator[int]:
    """0 to ``count`` − 1 in a random order, drawn one at a time: Fisher and Yates' shuffle, of which only the
    part that is asked for is done.

    >>> from itertools import islice
    >>> list(islice(drawn(random.Random(1), 1000), 2)) == list(islice(drawn(random.Random(1), 1000), 5))[:2]
    True
    """
    moved: dict[int, int] = {}
    for place in range(count):
        other = rng.randrange(place, count)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)


def balanced(rng: random.Random, groups: Sequence[Sequence[int]]) -> Iterator[int]:
    """One of each group in turn, both the groups and each group's members in a random order; a group that has
    none left is passed over. The first k have each label as often as any other, or once less.

    >>> from itertools import islice
    >>> sorted(place // 10 for place in islice(balanced(random.Random(0), [range(10), range(10, 20)]), 4))
    [0, 0, 1, 1]
    """
    turns = [(groups[place], drawn(rng, len(groups[place]))) for place in drawn(rng, len(groups))]
    while turns:
        left = []
        for members, order in turns:
            place = next(order, None)
            if place is not None:
                yield members[place]
                left.append((members, order))
        turns = left


def by_label(items: Sequence[Item], allowed: Collection[int]) -> list[list[int]]:
    """The places of the allowed items, those of one answer together, in the order of their first."""
    found: dict[str, list[int]] = {}
    for place in sorted(allowed):
        found.setdefault(items[place].answer, []).append(place)
    return list(found.values())


class Twins:
    """Which items of a pool are the one that is asked, by id or in what they ask: shown as examples they
    would give its answer away. ``asked`` are their questions as a prompt has them."""

    def __init__(self, pool: Sequence[Item], asked: Sequence[str]):
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, (item, text) in enumerate(zip(pool, asked, strict=True)):
            for key in _keys(item, text):
                self._places.setdefault(key, []).append(place)

    def of(self, item: Item, asked: str) -> set[int]:
        return {place for key in _keys(item, asked) for place in self._places.get(key, ())}


def _keys(item: Item, asked: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("id", item.id), ("asked", " ".join(asked.split()).casefold())
