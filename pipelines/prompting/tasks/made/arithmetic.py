"""Word problems of two and three steps in turn, of names, objects, structures and number combinations that
the training of ``house/story-instruct`` was kept from: with numbers that it can reckon with, and larger ones.
"""

import random
from collections.abc import Callable, Iterator

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.problems import LARGE, SMALL, Author, Range

KIND = Kind(
    "arithmetic",
    "Arithmetic word problems",
    f"Put two or three sums together; no number is above {SMALL.highest}.",
)
LARGE_KIND = Kind(
    "arithmetic_large",
    "Arithmetic with large numbers",
    f"The same with numbers up to {LARGE.highest:,}, for a model that can ask a calculator.",
)
_STEPS = (2, 3)


def items(seed: int) -> Iterator[Item]:
    """As many problems of two steps as of three."""
    return drawn(KIND.name, seed, _writer(seed, SMALL), _STEPS)


def large_items(seed: int) -> Iterator[Item]:
    return drawn(LARGE_KIND.name, seed, _writer(seed, LARGE), _STEPS)


def _writer(seed: int, numbers: Range) -> Callable[[random.Random, int], Item]:
    author = Author(seed, True, numbers)

    def write(_: random.Random, steps: int) -> Item:
        problem = author.problem(steps)
        told = {"steps": str(steps), "structure": " ".join(problem.structure)}
        return Item("", problem.text, str(problem.answer), rationale=problem.worked, fields=told)

    return write
