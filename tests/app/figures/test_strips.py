"""Strips: where values stand, and what is said where there is little to draw."""

import math
import re

import numpy as np
import pytest

from app.figures.strips import Scale, scale_of, strip_svg
from pipelines.common.intervals import mean_interval

NAN = math.nan


def dots(svg):
    drawn = re.search(r'gw-strip-dots" d="([^"]*)"', svg)[1]
    return [tuple(map(float, place.split())) for place in re.findall(r"M([\d.]+ [\d.]+)h0", drawn)]


def strip(values, scale=None, label="twelve values"):
    return strip_svg(values, scale or scale_of(values), mean_interval(values), label)


def test_the_ends_of_a_scale_are_its_smallest_and_largest_value():
    scale = scale_of([3.0, NAN, 1.0, math.inf, 5.0])
    assert scale == Scale(1.0, 5.0)
    assert (scale.at(1), scale.at(3), scale.at(5)) == (4, 50, 96)
    assert scale.at(-7) == 4 and scale.at(70) == 96


def test_far_values_are_logarithmic_and_nothing_is_not():
    scale = scale_of([1.0, 100.0])
    assert scale.log and scale.at(10) == pytest.approx(50)
    assert not scale_of([0.0, 100.0]).log and not scale_of([1.0, 10.0]).log


def test_values_without_a_span_stand_in_the_middle():
    assert scale_of([2.0, 2.0]).at(2.0) == 50


@pytest.mark.parametrize("values", [[], [NAN, math.inf]])
def test_nothing_known_has_no_scale(values):
    assert scale_of(values) is None


def test_every_value_is_a_dot_at_its_place():
    values = np.random.default_rng(1).normal(size=40)
    scale = scale_of(values)
    found = dots(strip([*values, NAN]))
    assert [x for x, _ in found] == pytest.approx([scale.at(value) for value in values], abs=0.051)
    assert len({y for _, y in found}) > 8  # spread, so that equal values can be told apart


def test_the_mean_stands_between_the_ends_of_its_interval():
    svg = strip([1.0, 2.0, 2.5, 9.0])
    mean = float(re.search(r'gw-strip-mean" d="M([\d.]+)', svg)[1])
    low, high = map(float, re.search(r'gw-strip-interval" d="M([\d.]+) \d+H([\d.]+)', svg).groups())
    assert low < mean < high


def test_one_value_has_a_mean_and_no_interval():
    svg = strip([1.0])
    assert "gw-strip-mean" in svg and "gw-strip-interval" not in svg


def test_the_label_is_text():
    assert 'aria-label="&lt;b&gt; &quot;"' in strip([1.0], label='<b> "')
