"""People in a row by what two of them are told of each other: a chain of comparisons, shuffled.

Each statement compares neighbours of the order, so exactly one order fits.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.words import NAMES

KIND = Kind("ordering", "Ordering", "Put three to five people in order from comparisons in any order.")
_NAMES = tuple(name for name, _ in NAMES[True])
_PLACES = ("", "second ", "third ", "fourth ")


@dataclass(frozen=True)
class _Scale:
    """``more`` and ``less`` compare two, ``most`` and ``least`` name the ends."""

    more: str
    less: str
    most: str
    least: str


_SCALES = (
    _Scale("taller", "shorter", "tallest", "shortest"),
    _Scale("older", "younger", "oldest", "youngest"),
    _Scale("faster", "slower", "fastest", "slowest"),
    _Scale("heavier", "lighter", "heaviest", "lightest"),
    _Scale("stronger", "weaker", "strongest", "weakest"),
    _Scale("richer", "poorer", "richest", "poorest"),
)
_ASKED = tuple((people, place) for people in (3, 4, 5) for place in range(people))


def items(seed: int) -> Iterator[Item]:
    """Every place in an order of three, four and five is asked for equally often."""
    return drawn(KIND.name, seed, _written, _ASKED)


def _written(rng: random.Random, asked: tuple[int, int]) -> Item:
    people, place = asked
    order, scale = rng.sample(_NAMES, people), rng.choice(_SCALES)
    pairs = list(pairwise(order))
    statements = [
        f"{a} is {scale.more} than {b}." if rng.random() < 0.5 else f"{b} is {scale.less} than {a}."
        for a, b in pairs
    ]
    rng.shuffle(statements)
    steps = " ".join(f"{a} is {scale.more} than {b}." for a, b in pairs)
    answer = order[place]
    return Item(
        "",
        f"{' '.join(statements)} Who is the {_place(place, people, scale)}?",
        answer,
        rationale=concluded(f"{steps} From {scale.most} to {scale.least}: {', '.join(order)}.", answer),
        fields={"people": str(people), "place": str(place + 1)},
    )


def _place(place: int, people: int, scale: _Scale) -> str:
    """``second tallest``; from the other end where that is nearer."""
    back = people - 1 - place
    return f"{_PLACES[place]}{scale.most}" if place <= back else f"{_PLACES[back]}{scale.least}"
