"""Position sensitivity of multiple choice: whether the place at which the right option stands decides, and
whether the same option is chosen when the options change places (Zheng et al. 2024, "Large Language Models
Are Not Robust Multiple Choice Selectors").
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from string import ascii_uppercase

import numpy as np

from pipelines.common.intervals import Interval, mean_interval
from pipelines.common.proportions import Proportion, proportion
from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.measures.homogeneity import NOTHING, Homogeneity, chi_square, cochran


@dataclass(frozen=True)
class Trial:
    """One item asked with its options in one order: ``order[place]`` is the number of the option there.
    ``wanted`` is the number of the right option, ``chosen`` the place that was answered (None: none)."""

    item: str
    order: tuple[int, ...]
    wanted: int
    chosen: int | None

    @property
    def place(self) -> int:
        return self.order.index(self.wanted)

    @property
    def option(self) -> int | None:
        return None if self.chosen is None else self.order[self.chosen]

    @property
    def right(self) -> bool:
        return self.option == self.wanted


@dataclass(frozen=True)
class Positions:
    """``by_place[place]`` is the accuracy where the right option stands there; ``chosen[place]`` how often
    that place was answered, as a share of all trials; ``silent`` trials have no answer. ``test`` is whether
    the accuracies differ. ``agreement`` is the share of the items asked in several orders whose option was
    the same in all; ``pairwise`` the mean share of pairs of orders that agree. No answer agrees with none."""

    by_place: tuple[Proportion, ...]
    chosen: tuple[Proportion, ...]
    silent: int
    test: Homogeneity
    agreement: Proportion
    pairwise: Interval
    items: int


def rotations(count: int) -> list[tuple[int, ...]]:
    """The orders that bring every option to every place once.

    >>> rotations(3)
    [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    """
    return [tuple((start + step) % count for step in range(count)) for start in range(count)]


def arranged(item: Item, order: Sequence[int]) -> Item:
    """The item with its choices in this order; its id says the order, as ``7@BCA``.

    >>> arranged(Item("7", "Which?", "A", ("up", "down")), (1, 0))
    Item(id='7@BA', question='Which?', answer='B', choices=('down', 'up'), rationale='', fields={})
    """
    if sorted(order) != list(range(len(item.choices))) or not item.choices:
        raise SpecError("order", tuple(order), f"each of 0 to {len(item.choices) - 1} once")
    place = list(order).index(ascii_uppercase.index(item.answer))
    name = "".join(ascii_uppercase[option] for option in order)
    choices = tuple(item.choices[option] for option in order)
    return replace(item, id=f"{item.id}@{name}", answer=ascii_uppercase[place], choices=choices)


def trial(item: Item, letter: str | None) -> Trial:
    """``item`` as it was asked, :func:`arranged` or not; ``letter`` is what was answered.

    >>> trial(arranged(Item("7", "Which?", "A", ("up", "down")), (1, 0)), "A")
    Trial(item='7', order=(1, 0), wanted=0, chosen=0)
    """
    name, order = _order_of(item)
    chosen = ascii_uppercase.find(letter) if letter else -1
    known = chosen if 0 <= chosen < len(order) else None
    return Trial(name, order, order[ascii_uppercase.index(item.answer)], known)


def _order_of(item: Item) -> tuple[str, tuple[int, ...]]:
    """(the item's id before it was arranged, the order)."""
    name, _, told = item.id.rpartition("@")
    if name and sorted(told) == list(ascii_uppercase[: len(item.choices)]):
        return name, tuple(map(ascii_uppercase.index, told))
    return item.id, tuple(range(len(item.choices)))


def positions(trials: Sequence[Trial]) -> Positions:
    """Items that stand once each are compared by chi-square, items that stand with the right option at every
    place by Cochran's Q; anything between is not tested."""
    places = max((len(one.order) for one in trials), default=0)
    groups: dict[str, list[Trial]] = defaultdict(list)
    for one in trials:
        groups[one.item].append(one)
    several = [group for group in groups.values() if len(group) > 1]
    by_place = tuple(_share([one.right for one in trials if one.place == place]) for place in range(places))
    return Positions(
        by_place,
        tuple(
            _share([one.chosen == place for one in trials if len(one.order) > place])
            for place in range(places)
        ),
        sum(one.chosen is None for one in trials),
        _test(list(groups.values()), by_place),
        _share([_agree(group) == 1.0 for group in several]),
        mean_interval([_agree(group) for group in several]),
        len(groups),
    )


def _test(groups: Sequence[Sequence[Trial]], by_place: Sequence[Proportion]) -> Homogeneity:
    if all(len(group) == 1 for group in groups):
        return chi_square([one.hits for one in by_place], [one.count for one in by_place])
    every = list(range(len(by_place)))
    if any(sorted(one.place for one in group) != every for group in groups):
        return NOTHING
    rows = [[one.right for one in sorted(group, key=lambda one: one.place)] for group in groups]
    return cochran(np.array(rows, bool))


def _agree(group: Sequence[Trial]) -> float:
    pairs = list(combinations([one.option for one in group], 2))
    return sum(first is not None and first == second for first, second in pairs) / len(pairs)


def _share(hits: Sequence[bool]) -> Proportion:
    return proportion(sum(hits), len(hits))
