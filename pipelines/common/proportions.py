"""Shares with an interval, and whether two of the same items differ: the tests for right and wrong answers.
NumPy and SciPy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.common.intervals import LEVEL


@dataclass(frozen=True)
class Proportion:
    """``hits`` of ``count`` with Wilson's interval of the share: NaN where nothing was tried."""

    hits: int
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Paired:
    """Two series of right and wrong answers to the same items. ``difference`` is the second's share minus the
    first's, with its interval; ``only_first`` and ``only_second`` count the items that one alone got right;
    ``p_value`` is McNemar's, exact and two-sided: 1 where they differ nowhere."""

    difference: float
    low: float
    high: float
    only_first: int
    only_second: int
    p_value: float


def proportion(hits: int, count: int, level: float = LEVEL) -> Proportion:
    """Wilson (1927), score interval without correction.

    >>> found = proportion(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.49, 0.943)
    """
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} hits of {count}")
    if not count:
        return Proportion(0, 0, np.nan, np.nan, np.nan)
    from scipy.stats import binomtest  # takes half a second to import: not when a page is built

    ends = binomtest(int(hits), int(count)).proportion_ci(level, "wilson")
    return Proportion(int(hits), int(count), hits / count, float(ends.low), float(ends.high))


def paired(first: Sequence[bool], second: Sequence[bool], level: float = LEVEL) -> Paired:
    """Compare answers to the same items, in the same order. The interval of the difference is Newcombe's
    (1998, method 10), which joins the two Wilson intervals by the correlation of the answers.

    >>> paired([True] * 6 + [False] * 4, [True] * 10).p_value
    0.125
    """
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    if one.shape != two.shape or one.ndim != 1:
        raise ValueError(f"{len(one)} answers against {len(two)}")
    if not len(one):
        return Paired(np.nan, np.nan, np.nan, 0, 0, np.nan)
    only = int((one & ~two).sum()), int((two & ~one).sum())
    low, high = _newcombe(one, two, level)
    return Paired(float(two.mean() - one.mean()), low, high, *only, mcnemar(*only))


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value: of the items on which two differ, each is equally likely to win any."""
    if not (only_first or only_second):
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_first, only_first + only_second).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm (1979): the smallest of m counts m times, the next m − 1 times, and none less than one before it.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = most
    return adjusted


def _newcombe(one: np.ndarray, two: np.ndarray, level: float) -> tuple[float, float]:
    count = len(one)
    here, there = (proportion(int(answers.sum()), count, level) for answers in (two, one))
    difference = here.share - there.share
    phi = _correlation(one, two)
    below, above = here.share - here.low, there.high - there.share
    low = difference - np.sqrt(max(0.0, below**2 - 2 * phi * below * above + above**2))
    below, above = there.share - there.low, here.high - here.share
    high = difference + np.sqrt(max(0.0, above**2 - 2 * phi * above * below + below**2))
    return float(low), float(high)


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Newcombe's φ: with his correction for few items where it is positive; 0 where one never varies."""
    both, neither = int((one & two).sum()), int((~one & ~two).sum())
    first, second = int((one & ~two).sum()), int((two & ~one).sum())
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not margins:
        return 0.0
    product = both * neither - first * second
    if product > 0:
        product = max(0.0, product - len(one) / 2)
    return product / float(np.sqrt(margins))
