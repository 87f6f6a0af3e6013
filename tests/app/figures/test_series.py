import math
import random

import pytest

from app.figures.series import MAX_POINTS, Series, Smoother, thinned


def test_a_resumed_run_takes_back_the_steps_it_repeats():
    curve = Series((1, 2, 3, 4), (4.0, 3.0, 2.0, 1.0)).extended([(3, 9.0), (4, 8.0)])
    assert curve == Series((1, 2, 3, 4), (4.0, 3.0, 9.0, 8.0))


@pytest.mark.parametrize("hole", [None, math.nan, math.inf])
def test_values_that_cannot_be_drawn_are_left_out(hole):
    assert Series().extended([(1, 2.0), (2, hole), (3, 1.0)]) == Series((1, 3), (2.0, 1.0))


def test_thinning_keeps_ends_and_extremes_and_stays_in_the_limit():
    noise = random.Random(3)
    values = [noise.random() for _ in range(5000)]
    values[1234], values[3210] = 50.0, -50.0
    curve = thinned(Series(tuple(range(5000)), tuple(values)))
    assert len(curve.steps) <= MAX_POINTS
    assert (curve.steps[0], curve.steps[-1]) == (0, 4999)
    assert max(curve.values) == 50.0 and min(curve.values) == -50.0
    assert all(values[s] == v for s, v in zip(curve.steps, curve.values, strict=True))


def test_a_curve_grown_point_by_point_is_as_dense_at_its_start_as_at_its_end():
    curve = Series()
    for step in range(1, 6001):
        curve = curve.extended([(step, math.sin(step))])
        assert len(curve.steps) <= MAX_POINTS
    quarters = [sum(1 for s in curve.steps if q * 1500 < s <= (q + 1) * 1500) for q in range(4)]
    assert min(quarters) > 0.4 * max(quarters)


def test_steps_always_rise():
    curve = Series()
    for step in (5, 6, 7, 6, 7, 8, 1, 2):
        curve = curve.extended([(step, float(step))])
    assert curve.steps == (1, 2)


def test_the_smoother_is_the_plain_mean_where_nothing_changes():
    smoother = Smoother(span=10)
    for step in range(1, 50):
        smoother = smoother.fed(step, 3.0)
        assert smoother.value == pytest.approx(3.0)


def test_the_smoother_equals_the_weighted_mean_written_out():
    values = [5.0, 1.0, 4.0, 2.0]
    smoother = Smoother(span=3)
    for step, value in enumerate(values, 1):
        smoother = smoother.fed(step, value)
    weights = [math.exp(-(len(values) - i) / 3) for i in range(1, len(values) + 1)]
    expected = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert smoother.value == pytest.approx(expected)
