"""Write the small sums that come with the app: in figures, in little stories, and as the next number in a
row; four numbers to choose from, which lie near the right one.

    python -m assets.recipes.benchmarks_sums
"""

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from pipelines.core.files import write_atomic
from pipelines.core.settings import REPOSITORY

FILE = REPOSITORY / "assets" / "benchmarks" / "arithmetic.jsonl"
EACH, SEED = 50, 2
WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
NAMES = ("Tom", "Anna", "Ben", "Lily", "Max", "Mia")
THINGS = ("apples", "balls", "cookies", "books", "eggs", "stones")

Sum = tuple[str, int, Callable[[int], str]]  # up to the answer, the answer, how a number is told


def addition() -> Iterator[Sum]:
    for one, two in product(range(1, 10), repeat=2):
        yield f"{one} + {two} =", one + two, str


def subtraction() -> Iterator[Sum]:
    for one in range(3, 19):
        for two in range(1, one):
            yield f"{one} - {two} =", one - two, str


def counting() -> Iterator[Sum]:
    """Up or down, by ones or twos."""
    for first, step in product(range(1, 21), (1, -1, 2, -2)):
        row = [first + step * place for place in range(5)]
        if 0 <= row[4] <= 20:
            told = ", ".join(WORDS[number] for number in row[:4])
            yield f"{told.capitalize()},", row[4], WORDS.__getitem__


def story() -> Iterator[Sum]:
    for name, thing, one, two in product(NAMES, THINGS, range(3, 10), range(2, 7)):
        had, told = f"{name} had {WORDS[one]} {thing}.", partial(counted, thing=thing)
        yield f"{had} Mom gave {name} {WORDS[two]} more. Then {name} had", one + two, told
        if two < one:
            yield f"{had} {name} gave away {WORDS[two]} of them. Then {name} had", one - two, told


def counted(number: int, thing: str) -> str:
    """``thing`` is in the plural.

    >>> counted(1, "eggs"), counted(2, "eggs")
    ('one egg.', 'two eggs.')
    """
    return f"{WORDS[number]} {thing.removesuffix('s') if number == 1 else thing}."


KINDS: tuple[Callable[[], Iterator[Sum]], ...] = (addition, counting, story, subtraction)


def rows_of(kind: Callable[[], Iterator[Sum]]) -> Iterator[dict[str, Any]]:
    """Some of its sums, none twice; the other three numbers are at most three away from the right one."""
    rng = random.Random(f"{SEED} {kind.__name__}")
    for question, right, told in rng.sample(list(kind()), EACH):
        near = [right + by for by in (-3, -2, -1, 1, 2, 3) if 0 <= right + by <= 20]
        choices = [right, *rng.sample(near, 3)]
        rng.shuffle(choices)
        answers, label = [told(number) for number in choices], choices.index(right)
        yield {"question": question, "choices": answers, "label": label, "part": kind.__name__}


def lines() -> Iterator[str]:
    return (json.dumps(row) + "\n" for kind in KINDS for row in rows_of(kind))


if __name__ == "__main__":
    write_atomic(FILE, "".join(lines()))
