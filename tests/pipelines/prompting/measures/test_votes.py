"""Votes and their calibration, against brute force."""

import math
import random

import numpy as np
import pytest

from pipelines.prompting.measures.votes import calibration, majority, shares, winner
from tests.pipelines.prompting.measures.cells import graded, votes


def test_the_majority_is_the_first_seen_of_the_most():
    rng = random.Random(0)
    for _ in range(500):
        answers = [rng.choice(["a", "b", "c", ""]) for _ in range(rng.randrange(8))]
        told = [answer for answer in answers if answer]
        best = max((told.count(answer) for answer in told), default=0)
        assert majority(answers) == next((answer for answer in told if told.count(answer) == best), "")


def test_shares_are_of_all_draws():
    assert shares(votes(2, [1], silent=1)) == [0.5, 0.25, 0.25]
    assert winner(votes(2, [1], silent=1)) == (0.5, True)
    assert winner(votes(1, [3])) == (0.75, False)
    assert winner(votes(0, silent=4)) == winner(()) == (0.0, False)


def test_calibration_against_numpy():
    rng = random.Random(1)
    items = [
        graded(str(i), True, votes=votes(rng.randrange(6), [rng.randrange(4), 1], rng.randrange(2)))
        for i in range(120)
    ]
    found = calibration(items, bins=5)
    sure, right = (
        np.array(values, float) for values in zip(*(winner(one.votes) for one in items), strict=True)
    )
    edges = np.linspace(0, 1, 6)
    ece, seen = 0.0, 0
    for low, high, table in zip(edges[:-1], edges[1:], found.bins, strict=True):
        inside = (sure > low + 1e-9) & (sure <= high + 1e-9) | ((sure == 0) & (low == 0))
        assert table.accuracy.count == inside.sum() and table.accuracy.hits == right[inside].sum()
        seen += inside.sum()
        if inside.any():
            assert table.share == pytest.approx(sure[inside].mean())
            assert table.accuracy.low <= table.accuracy.share <= table.accuracy.high
            ece += inside.sum() * abs(sure[inside].mean() - right[inside].mean()) / len(items)
    assert seen == len(items) and found.ece == pytest.approx(ece)
    assert found.brier.mean == pytest.approx(((sure - right) ** 2).mean())
    assert found.brier.low < found.brier.mean < found.brier.high
    assert found.accuracy.share == right.mean() and found.share == pytest.approx(sure.mean())


@pytest.mark.parametrize("bins", [1, 3, 10, 20])
@pytest.mark.parametrize("draws", [3, 5, 10, 40])
def test_every_share_falls_into_the_bin_that_ends_at_or_above_it(bins, draws):
    for most in range(1, draws + 1):
        found = calibration([graded("0", True, votes=votes(most, [], silent=draws - most))], bins)
        (place,) = [i for i, one in enumerate(found.bins) if one.accuracy.count]
        assert place == -(-most * bins // draws) - 1


def test_a_vote_that_is_always_as_sure_as_right_is_calibrated():
    items = [graded(str(i), True, votes=votes(3, [1]) if i % 4 else votes(1, [3])) for i in range(400)]
    found = calibration(items)
    assert found.ece == pytest.approx(0) and found.brier.mean == pytest.approx(0.75 * 0.25)


def test_items_without_votes_are_left_out():
    found = calibration([graded("0", True)])
    assert found.items == 0 and math.isnan(found.ece) and math.isnan(found.brier.mean)
