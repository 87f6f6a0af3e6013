"""Self-consistency with fewer draws, from the draws there are: what a vote among k of the n would have given,
without asking the model again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from pipelines.common.intervals import Interval, mean_interval
from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.prompting.measures.graded import Graded, Vote

_STEPS = (1, 2, 3, 5, 10, 20, 40)


@dataclass(frozen=True)
class Fewer:
    """``accuracy`` is the mean, over the items, of the expected accuracy of a vote among ``draws``."""

    draws: int
    accuracy: Interval


def fewer_draws(items: Sequence[Graded], steps: Sequence[int] = ()) -> list[Fewer]:
    """The curve over ``steps``; without any over 1, 2, 3, 5, 10 … and all draws. Items without votes are left
    out. Raises :class:`SpecError` for more draws than an item has."""
    voted = [one.votes for one in items if one.votes]
    if not voted:
        return []
    least = min(sum(vote.count for vote in votes) for votes in voted)
    for step in steps:
        check_whole("steps", step, 1, least)
    chosen = sorted(set(steps) or {step for step in _STEPS if step < least} | {least})
    return [Fewer(step, mean_interval([expected(votes, step) for votes in voted])) for step in chosen]


def expected(votes: Sequence[Vote], draws: int) -> float:
    """The probability that a vote among ``draws`` of the draws there are, taken without replacement and in
    any order, is right. Of equals the one first seen wins: in a random order that is each with the same
    probability. Draws without an answer have no vote.

    >>> votes = [Vote("8", 2, True), Vote("9", 1, False)]
    >>> expected(votes, 1), expected(votes, 3)
    (0.6666666666666666, 1.0)
    """
    right = sum(vote.count for vote in votes if vote.right)
    silent = sum(vote.count for vote in votes if not vote.answer)
    others = tuple(sorted(vote.count for vote in votes if vote.answer and not vote.right))
    total = right + silent + sum(others)
    if not 1 <= draws <= total:
        raise SpecError("draws", draws, f"a whole number from 1 to {total}")
    return _expected(right, others, silent, draws)


@lru_cache(maxsize=20_000)
def _expected(right: int, others: tuple[int, ...], silent: int, draws: int) -> float:
    """Counts the subsets in which the right answer has m votes and none has more, each by 1/(1 + t) where t
    others have m too. With ∫₀¹ yᵗ dy = 1/(1 + t) this is an integral over y of a product of one polynomial
    for each other answer; Gauss–Legendre nodes integrate it exactly."""
    total = right + silent + sum(others)
    found = sum(
        comb(right, most) * _without_more(most, draws - most, others, silent)
        for most in range(1, min(right, draws) + 1)
    )
    return min(1.0, float(found / comb(total, draws)))


def _without_more(most: int, rest: int, others: tuple[int, ...], silent: int) -> float:
    """The subsets of ``rest`` draws in which no other has more than ``most`` votes, ties weighed."""
    ties = min(sum(count >= most for count in others), rest // most)
    nodes, weights = np.polynomial.legendre.leggauss(ties // 2 + 1)
    ways = np.zeros((len(nodes), rest + 1))  # [node, draws taken so far]
    ways[:, 0] = 1.0
    ways = _times(ways, [(c, comb(silent, c)) for c in range(min(silent, rest) + 1)])
    for count in others:
        factor = [(c, comb(count, c)) for c in range(min(count, most - 1, rest) + 1)]
        if count >= most and rest >= most:
            factor.append((most, comb(count, most) * (nodes + 1) / 2))
        ways = _times(ways, factor)
    return float(weights / 2 @ ways[:, rest])


def _times(ways: np.ndarray, factor: Sequence[tuple[int, int | np.ndarray]]) -> np.ndarray:
    product = np.zeros_like(ways)
    for taken, many in factor:
        product[:, taken:] += ways[:, : ways.shape[1] - taken] * np.reshape(np.asarray(many, float), (-1, 1))
    return product
