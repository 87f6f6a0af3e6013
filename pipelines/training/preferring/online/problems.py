"""Problems in arithmetic, made from a seed: as many as are wanted, each with its answer, and fresh ones to
measure on that are none of training's. No torch.

Which sums are fresh is told by a digest of their numbers, so that no seed brings one to both sides. Word
problems are those of an author who is handed in, and who keeps both sides apart as well.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.rows.examples import Asked

FRESH = 0.2  # share of the sums that training never sees
_TRIES = 200  # draws a problem, after which there is none left
_STEPS = (2, 3)

Author = Callable[[int, bool], Any]  # (seed, fresh) → who has ``problem(steps)`` with ``text`` and ``answer``


def problems(spec: OnlineSpec, author: Author) -> tuple[tuple[Asked, ...], tuple[Asked, ...]]:
    """(to learn from, fresh ones to measure on), as many as the spec wants; the fresh ones are all different.
    Raises :class:`SpecError` where there are not so many."""
    make = _sums if spec.problems == "sums" else _words(author)
    training = _taken(make(spec, False), spec.num_problems, once=False)
    fresh = _taken(make(spec, True), spec.eval_prompts, once=True)
    if len(fresh) < spec.eval_prompts:
        accepted = f"at most {len(fresh)}: there are no more different fresh problems of this kind"
        raise SpecError("eval_prompts", spec.eval_prompts, accepted)
    return _asked(spec, training), _asked(spec, fresh)


def is_fresh(left: int, sign: str, right: int) -> bool:
    """Whether a sum is kept for measuring; 3 + 8 and 8 + 3 are on one side."""
    numbers = sorted((left, right)) if sign == "+" else [left, right]
    digest = hashlib.blake2b(f"{numbers[0]} {sign} {numbers[1]}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) < FRESH * 2**32


def _sums(spec: OnlineSpec, fresh: bool) -> Iterator[tuple[str, str]]:
    rng = random.Random(f"sums {spec.seed} {fresh}")
    low, high = 10 ** (spec.digits - 1), 10**spec.digits - 1
    while True:
        sign, numbers = rng.choice("+-"), [rng.randint(low, high), rng.randint(low, high)]
        left, right = numbers if sign == "+" else sorted(numbers, reverse=True)
        if is_fresh(left, sign, right) == fresh:
            yield f"{left} {sign} {right}", str(left + right if sign == "+" else left - right)


def _words(author: Author) -> Callable[[OnlineSpec, bool], Iterator[tuple[str, str]]]:
    def make(spec: OnlineSpec, fresh: bool) -> Iterator[tuple[str, str]]:
        steps, writer = random.Random(f"steps {spec.seed}"), author(spec.seed + fresh, fresh)
        offered = (spec.problem_steps,) if spec.problem_steps else _STEPS
        while True:
            problem = writer.problem(steps.choice(offered))
            yield problem.text, str(problem.answer)

    return make


def _taken(made: Iterator[tuple[str, str]], wanted: int, once: bool) -> list[tuple[str, str]]:
    """The first ones; ``once``: each but once, fewer where the draws bring no more new ones."""
    found: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    for _ in range(_TRIES * wanted):
        if len(found) == wanted:
            break
        one = next(made)
        if not (once and one in seen):
            found.append(one)
            seen.add(one)
    return found


def _asked(spec: OnlineSpec, made: list[tuple[str, str]]) -> tuple[Asked, ...]:
    form = spec.form
    return tuple(
        Asked(n, form.replace("{problem}", text), answer) for n, (text, answer) in enumerate(made, 1)
    )
