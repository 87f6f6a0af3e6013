"""The randomisation test against SciPy's and against counting by hand."""

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from pipelines.common.randomisation import randomisation


def test_exact_is_every_way_to_sign():
    rng = np.random.default_rng(1)
    for size in (1, 2, 5, 9):
        values = rng.normal(0.4, 1, size)
        ways = [abs(np.dot(signs, values)) for signs in itertools.product((1, -1), repeat=size)]
        assert randomisation(values) == pytest.approx(np.mean(np.array(ways) >= abs(values.sum()) - 1e-9))


def test_equal_differences_make_it_the_sign_test():
    """Of 12 ones, 10 of them wins: the exact binomial test."""
    values = [1.0] * 10 + [-1.0] * 2
    assert randomisation(values) == pytest.approx(binomtest(10, 12).pvalue)


def test_by_draws_near_scipy():
    values = np.random.default_rng(4).normal(0.25, 1, 60)
    drawn = {"permutation_type": "samples", "n_resamples": 20_000, "rng": np.random.default_rng(0)}
    theirs = permutation_test((values,), np.mean, vectorized=True, **drawn)
    assert randomisation(values) == pytest.approx(theirs.pvalue, abs=0.02)
    assert randomisation(values) == randomisation(values)


def test_zeros_change_nothing_and_nothing_is_one():
    assert randomisation([0.5, 0.25, 0.0, 0.0]) == randomisation([0.5, 0.25]) == 0.5
    assert randomisation([]) == randomisation([0.0] * 40) == 1.0


def test_a_share_of_all_draws_never_zero():
    assert 0 < randomisation([1.0] * 200) < 0.001
