"""Word problems of one to three steps, written by a program: the text, the steps and the answer.

A problem is a chain over a running total: an opening ("Tom has 7 apples."), events ("He finds 5 more."), a
closing ("He sells each for 2 coins. How many coins does he get?"). Its *structure* is the sequence of these.
All values are whole. In :data:`SMALL` they lie in 1 to 30 and what is added or taken away at once is at
most 12: so few that a model of ten million parameters can learn the sums by heart, and what is left is to put
them together. In :data:`LARGE` they have three to five digits, which such a model cannot reckon with: for
problems to be solved with a calculator.

Names, objects, structures and number combinations are split into training and held out by construction:
lists that do not meet for the first two, a digest for the others. Standard library only.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.prompting.tasks.words import NAMES, OBJECTS, Words

HELD_STRUCTURES, HELD_NUMBERS = 0.2, 0.1  # shares

EVENTS = ("get", "give", "double", "half")
COMPARISONS = ("more", "fewer", "twice")
CLOSINGS = ("share", "sell", "want")


@dataclass(frozen=True)
class Range:
    """The numbers of a problem: the ``highest`` result, what is added or taken ``at_once``, how many there
    are to begin with (``has``), ``groups`` of ``each``; bounds are the least and the most."""

    highest: int
    at_once: tuple[int, int]
    has: tuple[int, int]
    groups: tuple[int, int]
    each: tuple[int, int]


SMALL = Range(30, (2, 12), (2, 20), (2, 6), (2, 10))
LARGE = Range(99_999, (50, 999), (100, 999), (12, 60), (12, 99))
HIGHEST, AT_ONCE = SMALL.highest, SMALL.at_once[1]


@dataclass(frozen=True)
class Sum:
    """``left sign right = result``; it reads ``12 + 7 = 19``."""

    left: int
    sign: str
    right: int

    @property
    def result(self) -> int:
        return _SIGNS[self.sign](self.left, self.right)

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right} = {self.result}"


_SIGNS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "x": lambda a, b: a * b,
    "/": lambda a, b: a // b,
}


@dataclass(frozen=True)
class Problem:
    """``text`` ends with the question; ``sums`` are its steps; ``numbers`` those that the text says."""

    structure: tuple[str, ...]
    numbers: tuple[int, ...]
    text: str
    sums: tuple[Sum, ...]

    @property
    def answer(self) -> int:
        return self.sums[-1].result

    @property
    def worked(self) -> str:
        """The steps and the answer, as the model is to write them.

        ``First 7 + 5 = 12. Then 12 - 4 = 8. The answer is 8.``
        """
        steps = (f"{'Then' if i else 'First'} {step}." for i, step in enumerate(self.sums))
        return " ".join((*steps, self.direct))

    @property
    def direct(self) -> str:
        return f"The answer is {self.answer}."


def structures(steps: int) -> list[tuple[str, ...]]:
    """All sequences with so many sums.

    >>> structures(1)[:2], len(structures(2)), len(structures(3))
    ([('has', 'share'), ('has', 'sell')], 51, 187)
    """
    found = []
    for opening, opened in (("has", 0), ("groups", 1)):
        for events in _sequences(steps - opened):
            left = steps - opened - len(events)
            if left == 0 and (events or opened):
                found.append((opening, *events, "count"))
            if left == 1:
                found += [(opening, *events, closing) for closing in CLOSINGS]
                found += [(opening, *events, comparison, "other") for comparison in COMPARISONS]
            if left == 2:
                found += [(opening, *events, comparison, "together") for comparison in COMPARISONS]
    return found


def _sequences(most: int) -> Iterator[tuple[str, ...]]:
    """Of events, the empty one first; doubling and halving undo each other and never meet."""
    layer: list[tuple[str, ...]] = [()]
    for _ in range(most + 1):
        yield from layer
        layer = [(*es, event) for es in layer for event in EVENTS if {*es[-1:], event} != {"double", "half"}]


def is_held_out(kind: str, parts: tuple) -> bool:
    """Whether a structure (``structure``) or number combination (``numbers``) is kept for the test.

    Structures of one step are all trained on: they are the words that the others are made of.
    """
    share = {"structure": HELD_STRUCTURES, "numbers": HELD_NUMBERS}[kind]
    digest = hashlib.blake2b(f"{kind} {' '.join(map(str, parts))}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) < share * 2**32


class Author:
    """Writes problems, always the same for one seed. ``held_out`` writes the test's: its names, objects,
    structures and number combinations are none that training has."""

    def __init__(self, seed: int, held_out: bool = False, numbers: Range = SMALL):
        self._random, self._held_out = random.Random(f"{seed} {held_out}"), held_out
        self._range, self._steps = numbers, _steps(numbers)
        self._words = Words(self._random, NAMES[held_out], OBJECTS[held_out])
        self._structures = {n: [s for s in structures(n) if self._is_mine(s, n)] for n in (1, 2, 3)}

    def _is_mine(self, structure: tuple[str, ...], steps: int) -> bool:
        return (steps > 1 and is_held_out("structure", structure)) == self._held_out

    def problem(self, steps: int) -> Problem:
        """One with so many sums (1 to 3)."""
        while True:
            structure = self._random.choice(self._structures[steps])
            numbered = self._numbered(structure)
            if numbered and is_held_out("numbers", numbered.numbers) == self._held_out:
                text = self._words.text(structure, numbered.numbers)
                return Problem(structure, numbered.numbers, text, numbered.sums)

    def _numbered(self, structure: tuple[str, ...]) -> "_Numbered | None":
        """Numbers for a structure; None where the draw led out of the range."""
        numbers: list[int] = []
        sums: list[Sum] = []
        total = before = 0
        for part in structure:
            if part in ("count", "other"):
                continue
            if part == "has":
                total = self._random.randint(*self._range.has)
                numbers.append(total)
                continue
            told, step = self._steps[part](total, before, self._random)
            if (step.sign == "/" and step.left % step.right) or not 1 <= step.result <= self._range.highest:
                return None
            numbers += told
            sums.append(step)
            total, before = step.result, total
        return _Numbered(tuple(numbers), tuple(sums))


@dataclass(frozen=True)
class _Numbered:
    numbers: tuple[int, ...]
    sums: tuple[Sum, ...]


_Step = Callable[[int, int, random.Random], tuple[list[int], Sum]]


def _told(sign: str, low: int, high: int) -> _Step:
    """A step whose second number the text says."""

    def step(total: int, _: int, rng: random.Random) -> tuple[list[int], Sum]:
        number = rng.randint(low, high)
        return [number], Sum(total, sign, number)

    return step


def _groups(numbers: Range) -> _Step:
    def step(_: int, __: int, rng: random.Random) -> tuple[list[int], Sum]:
        found = Sum(rng.randint(*numbers.groups), "x", rng.randint(*numbers.each))
        return [found.left, found.right], found

    return step


def _want(numbers: Range) -> _Step:
    def step(total: int, _: int, rng: random.Random) -> tuple[list[int], Sum]:
        wanted = min(total + rng.randint(*numbers.at_once), numbers.highest)
        return [wanted], Sum(wanted, "-", total)

    return step


def _steps(numbers: Range) -> dict[str, _Step]:
    return {
        "groups": _groups(numbers),
        "get": _told("+", *numbers.at_once),
        "give": _told("-", *numbers.at_once),
        "double": lambda total, _, __: ([], Sum(total, "x", 2)),
        "half": lambda total, _, __: ([], Sum(total, "/", 2)),
        "more": _told("+", *numbers.at_once),
        "fewer": _told("-", *numbers.at_once),
        "twice": lambda total, _, __: ([], Sum(total, "x", 2)),
        "together": lambda total, before, _: ([], Sum(before, "+", total)),
        "share": _told("/", 2, 9),
        "sell": _told("x", 2, 9),
        "want": _want(numbers),
    }
