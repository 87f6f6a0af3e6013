"""Rows of reasoning with a calculator: word problems whose numbers are too large for the model, solved in the
words of the prompt lab's ReAct (:mod:`pipelines.prompting.tools.words`). Standard library only.
"""

import random
from collections.abc import Iterator

from assets.recipes.instruct.rows import Row
from pipelines.prompting.tasks.problems import LARGE, SMALL, Author, Problem
from pipelines.prompting.tools import words

SKILL = "with a calculator"
STEPS = {1: 0.2, 2: 0.4, 3: 0.4}  # how many sums a problem has
FEW_DIGITS = 0.25  # share of the problems with small numbers
CALCULATOR = (
    "works out a sum such as 12 x 7",
    "calculates, such as 350 + 27",
    "does arithmetic",
    "gives the result of a sum",
    "adds, subtracts, multiplies and divides",
)
OTHERS = {  # told now and then; none of them is of use here
    "search": ("finds passages in the documents", "looks for a text"),
    "lookup": ("reads a table", "finds a row of a table"),
    "python": ("runs a short program", "runs Python and shows what it prints"),
}


def with_calculator(seed: int, rows: int, held_out: bool = False) -> Iterator[Row]:
    """As many conversations; those held out have two or three steps and large numbers."""
    rng = random.Random(f"tools {seed} {held_out}")
    authors = [Author(seed, held_out, numbers) for numbers in (LARGE, SMALL)]
    steps = {n: share for n, share in STEPS.items() if n > 1 or not held_out}
    for _ in range(rows):
        author = authors[not held_out and rng.random() < FEW_DIGITS]
        problem = author.problem(rng.choices(list(steps), list(steps.values()))[0])
        yield Row(SKILL, turns(problem, told(rng)))


def told(rng: random.Random) -> dict[str, str]:
    """Some tools, the calculator among them, in any order."""
    names = ["calculator", *rng.sample(list(OTHERS), rng.choice((0, 0, 0, 1, 2)))]
    rng.shuffle(names)
    return {name: rng.choice(OTHERS.get(name, CALCULATOR)) for name in names}


def turns(problem: Problem, tools: dict[str, str]) -> tuple[str, ...]:
    """What the user and the model say, in turn: each sum is asked of the calculator, never worked out."""
    said = [words.asked(problem.text, tools)]
    for place, sum_ in enumerate(problem.sums):
        asked = f"{sum_.left} {sum_.sign} {sum_.right}"
        said.append(words.step(f"{'Then' if place else 'First'} {asked}.", "calculator", asked))
        said.append(words.observed(str(sum_.result)))
    return (*said, words.step("That is the answer.", words.FINISH, str(problem.answer)))
