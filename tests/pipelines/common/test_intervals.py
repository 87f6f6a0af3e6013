"""Means with intervals: what they hold, and the odd cases."""

import math

import numpy as np
import pytest

from pipelines.common.intervals import Interval, mean_interval

NAN = math.nan


def test_the_interval_is_that_of_a_normal_mean_where_values_are_many():
    values = np.random.default_rng(1).normal(5, 2, 400)
    found = mean_interval(values)
    apart = 1.96 * values.std(ddof=1) / 20
    assert found.mean == pytest.approx(values.mean()) and found.count == 400
    assert found.low == pytest.approx(found.mean - apart, abs=0.03)
    assert found.high == pytest.approx(found.mean + apart, abs=0.03)


def test_it_is_about_as_often_right_as_it_says():
    rng = np.random.default_rng(2)
    found = [mean_interval(rng.exponential(3.0, 40)) for _ in range(200)]
    assert 0.88 <= np.mean([one.low <= 3 <= one.high for one in found]) <= 0.99


def test_a_lower_level_is_narrower():
    values = np.random.default_rng(3).lognormal(size=30)
    narrow, wide = mean_interval(values, 0.5), mean_interval(values, 0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_the_same_values_have_the_same_interval():
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    assert mean_interval(values) == mean_interval(values)


@pytest.mark.parametrize("values", [[], [NAN], [math.inf, NAN]])
def test_nothing_known(values):
    found = mean_interval(values)
    assert found.count == 0 and all(map(math.isnan, (found.mean, found.low, found.high)))


def test_one_value_has_no_interval():
    found = mean_interval([NAN, 7.0])
    assert (found.mean, found.count) == (7.0, 1) and math.isnan(found.low) and math.isnan(found.high)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.0, 1e-30, 1e12])
def test_equal_values_have_an_interval_of_no_width(value):
    found = mean_interval([value] * 7)
    assert found == Interval(found.mean, found.mean, found.mean, 7)
    assert found.mean == pytest.approx(value)


def test_what_is_unknown_is_left_out():
    assert mean_interval([1.0, NAN, 2.0, math.inf, 4.0]) == mean_interval([1.0, 2.0, 4.0])


def test_there_is_always_an_interval_around_the_mean():
    """Two values, many equal ones, one that lies far off: where resampling is most degenerate."""
    rng = np.random.default_rng(4)
    for _ in range(150):
        size = int(rng.integers(2, 12))
        values = rng.choice([0.0, 1.0, rng.normal(), 1e6], size)
        if np.ptp(values):
            found = mean_interval(values)
            rounding = 1e-12 * np.abs(values).max()
            assert values.min() - rounding <= found.low <= found.mean, values
            assert found.mean <= found.high <= values.max() + rounding, values
            assert np.isfinite([found.low, found.high]).all()
