"""Rows of arithmetic: each problem asked for twice, with the steps and with the answer alone.

The instruction says which; or worked examples do, and no instruction. Standard library only.
"""

import random
from collections.abc import Iterator

from assets.recipes.instruct.rows import Row
from pipelines.prompting.tasks.problems import AT_ONCE, HIGHEST, Author, Problem, Sum

STEP_BY_STEP = (
    "Think step by step.",
    "Let's think step by step.",
    "Solve it step by step.",
    "Show the steps.",
    "Work it out step by step.",
)
DIRECTLY = (
    "Answer with the number only.",
    "Give only the answer.",
    "Answer directly.",
    "Just say the answer.",
    "Do not show any steps.",
)
STEPS = {1: 0.15, 2: 0.4, 3: 0.45}  # how many sums a problem has
SHOWN = 0.05  # share of the problems that come with examples in place of an instruction


def pairs(seed: int, problems: int, held_out: bool = False) -> Iterator[tuple[Row, Row]]:
    """(step by step, directly) of as many problems as asked for; those held out have two or three steps."""
    rng, author = random.Random(f"pairs {seed}"), Author(seed, held_out)
    steps = {n: share for n, share in STEPS.items() if n > 1 or not held_out}
    for _ in range(problems):
        problem = _draw(rng, author, steps)
        if rng.random() < SHOWN:
            examples = [_draw(rng, author, steps) for _ in range(rng.randint(1, 2))]
            yield shown(problem, examples, True), shown(problem, examples, False)
        else:
            yield asked(problem, True, rng), asked(problem, False, rng)


def _draw(rng: random.Random, author: Author, steps: dict[int, float]) -> Problem:
    return author.problem(rng.choices(list(steps), list(steps.values()))[0])


def asked(problem: Problem, stepwise: bool, rng: random.Random) -> Row:
    """The instruction after the problem, or now and then before it."""
    instruction = rng.choice(STEP_BY_STEP if stepwise else DIRECTLY)
    order = (problem.text, instruction) if rng.random() < 0.75 else (instruction, problem.text)
    return _row(" ".join(order), problem, stepwise)


def shown(problem: Problem, examples: list[Problem], stepwise: bool) -> Row:
    """Questions with answers of the wanted kind, then the problem."""
    told = [f"Q: {e.text}\nA: {e.worked if stepwise else e.direct}" for e in examples]
    return _row("\n".join((*told, f"Q: {problem.text}\nA:")), problem, stepwise)


def _row(prompt: str, problem: Problem, stepwise: bool) -> Row:
    answer = problem.worked if stepwise else problem.direct
    return Row("step by step" if stepwise else "direct", (prompt, answer))


def drills(seed: int, rows: int, most: int = 8) -> Iterator[Row]:
    """Bare sums, several a row: ``34 + 7, 6 x 8`` → ``34 + 7 = 41. 6 x 8 = 48.``"""
    rng = random.Random(f"drills {seed}")
    for _ in range(rows):
        sums = [_sum(rng) for _ in range(rng.randint(2, most))]
        asked_for = ", ".join(f"{s.left} {s.sign} {s.right}" for s in sums)
        yield Row("sums", (asked_for, " ".join(f"{s}." for s in sums)))


def _sum(rng: random.Random) -> Sum:
    """One of the kinds that the problems have, its values in 1 to ``HIGHEST``."""
    while True:
        kind, low = (
            rng.choice(("+", "+", "-", "-", "x", "/", "double", "together", "want")),
            rng.randint(2, AT_ONCE),
        )
        any_, divisor = rng.randint(2, HIGHEST), rng.randint(2, 9)
        half = rng.randint(2, HIGHEST // 2)
        step = {
            "+": Sum(any_, "+", low),
            "-": Sum(any_, "-", low),
            "x": Sum(rng.randint(2, HIGHEST // divisor), "x", divisor),
            "/": Sum(divisor * rng.randint(1, HIGHEST // divisor), "/", divisor),
            "double": Sum(half, "x", 2),
            "together": Sum(half, "+", rng.randint(2, HIGHEST // 2)),
            "want": Sum(any_, "-", any_ - low),
        }[kind]
        if step.left > 0 and step.right > 1 and 1 <= step.result <= HIGHEST:
            return step
