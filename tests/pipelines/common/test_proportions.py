"""Shares and paired answers: against published figures, against SciPy, and by simulation."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from pipelines.common.proportions import mcnemar, paired, proportion


def answers(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[bool], list[bool]]:
    first = [True] * both + [True] * only_first + [False] * only_second + [False] * neither
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return first, second


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_intervals_are_those_of_newcombe_s_table(hits, count, low, high):
    """Newcombe, Statistics in Medicine 17 (1998), p. 861, method 3."""
    found = proportion(hits, count)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high) and found.share == hits / count


def test_nothing_tried_is_nothing_known_and_more_hits_than_tries_are_refused():
    assert math.isnan(proportion(0, 0).share) and math.isnan(proportion(0, 0).low)
    with pytest.raises(ValueError, match="3 hits of 2"):
        proportion(3, 2)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [((36, 12, 2, 0), 0.0569, 0.3404), ((20, 12, 2, 16), 0.0562, 0.3290)],
)
def test_the_interval_of_a_difference_is_newcombe_s(cells, low, high):
    """Newcombe, Statistics in Medicine 17 (1998), p. 2635, method 10: the first minus the second there."""
    first, second = answers(*cells)
    found = paired(second, first)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-4)


@pytest.mark.parametrize("cells", [(0, 1, 0, 0), (3, 5, 9, 2), (100, 7, 0, 1), (0, 30, 30, 0)])
def test_mcnemar_is_the_binomial_test_of_those_that_differ(cells):
    _, one, two, _ = cells
    tail = 2 * binom.cdf(min(one, two), one + two, 0.5)
    found = paired(*answers(*cells))
    assert found.p_value == mcnemar(one, two) == pytest.approx(min(1.0, tail))
    assert (found.only_first, found.only_second) == (one, two)


def test_who_never_differs_has_no_difference():
    found = paired([True, False, True], [True, False, True])
    assert (found.difference, found.p_value) == (0.0, 1.0) and found.low < 0 < found.high
    assert math.isnan(paired([], []).difference)
    with pytest.raises(ValueError, match="2 answers against 3"):
        paired([True] * 2, [True] * 3)


def test_exchanged_they_are_mirrored():
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, two = rng.random(30) < 0.4, rng.random(30) < 0.7
        here, there = paired(one, two), paired(two, one)
        mirrored = (-there.difference, -there.high, -there.low)
        assert (here.difference, here.low, here.high) == pytest.approx(mirrored)
        assert here.p_value == there.p_value and here.low <= here.difference <= here.high


def test_the_interval_holds_the_true_difference_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        hard = rng.random(60)  # the same items: answers go together
        found = paired(hard < 0.5, np.clip(hard + rng.normal(0, 0.1, 60), 0, 1) < 0.6)
        held += found.low <= 0.1 <= found.high
    assert held > 900
