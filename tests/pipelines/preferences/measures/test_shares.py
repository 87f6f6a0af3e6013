"""Wilson's interval, against SciPy's."""

import pytest

from pipelines.common.proportions import proportion
from pipelines.preferences.measures.shares import wilson


@pytest.mark.parametrize("count", [1, 2, 7, 40, 1000])
def test_as_scipy_has_it(count):
    for hits in range(0, count + 1, max(1, count // 9)):
        ours, theirs = wilson(hits, count), proportion(hits, count)
        assert (ours.value, ours.count) == (theirs.share, theirs.count)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_a_half_lies_between_its_neighbours():
    below, half, above = wilson(3, 10), wilson(3.5, 10), wilson(4, 10)
    assert below.low < half.low < above.low and below.high < half.high < above.high


def test_nothing_counted_is_none():
    assert wilson(0, 0).value is None and wilson(0, 0).low is None


def test_the_share_is_never_outside():
    assert wilson(0, 5).low == 0 and wilson(5, 5).high == 1


def test_more_hits_than_tries_are_refused():
    with pytest.raises(ValueError, match="3 hits of 2"):
        wilson(3, 2)
