"""The expected accuracy of a vote among k of n draws, against all orders of all subsets."""

import random
from fractions import Fraction
from itertools import permutations
from statistics import fmean

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.measures.fewer_draws import expected, fewer_draws
from pipelines.prompting.measures.votes import majority, winner
from tests.pipelines.prompting.measures.cells import graded, votes


def by_all_orders(found, draws: int) -> Fraction:
    answers = [vote.answer for vote in found for _ in range(vote.count)]
    right = {vote.answer for vote in found if vote.right}
    orders = list(permutations(answers, draws))
    return Fraction(sum(majority(order) in right for order in orders), len(orders))


def test_against_every_order_of_every_subset():
    rng, ties = random.Random(0), 0
    for _ in range(30):
        found = votes(rng.randrange(4), [rng.randrange(3) for _ in range(2)], rng.randrange(2))
        total = sum(vote.count for vote in found)
        for draws in range(1, total + 1):
            exact = by_all_orders(found, draws)
            assert expected(found, draws) == pytest.approx(float(exact), abs=1e-12), (found, draws)
            ties += exact.denominator > 1
    assert ties > 25


def test_against_drawing_where_there_are_too_many_subsets():
    rng, found = random.Random(3), votes(12, [10, 6, 5, 3, 1, 1, 1], silent=3)
    answers = [vote.answer for vote in found for _ in range(vote.count)]
    for draws in (5, 20, 40):
        drawn = fmean(majority(rng.sample(answers, draws)) == "8" for _ in range(4000))
        assert expected(found, draws) == pytest.approx(drawn, abs=0.035)


def test_many_answers_that_each_came_once():
    """All tie: the right one is first seen in one of n orders, however many are drawn."""
    for draws in (1, 7, 64):
        assert expected(votes(1, [1] * 63), draws) == pytest.approx(1 / 64)


def test_one_draw_is_the_share_of_the_right_and_all_draws_are_the_vote():
    assert expected(votes(3, [4, 1], silent=2), 1) == pytest.approx(0.3)
    assert expected(votes(3, [4, 1], silent=2), 10) == pytest.approx(0.0, abs=1e-12)
    assert expected(votes(4, [3, 1], silent=2), 10) == pytest.approx(1.0)
    assert expected(votes(2, [2]), 4) == pytest.approx(0.5)
    assert expected(votes(0, [2]), 1) == expected(votes(0, silent=2), 2) == 0.0


def test_the_curve_goes_to_the_vote_that_was_taken():
    rng, items = random.Random(1), []
    for i in range(40):
        right = sum(rng.random() < 0.6 for _ in range(5))
        items.append(graded(str(i), True, votes=votes(right, [5 - right])))
    found = fewer_draws(items)
    assert [one.draws for one in found] == [1, 2, 3, 5]
    assert found[-1].accuracy.mean == pytest.approx(fmean(winner(one.votes)[1] for one in items))
    assert found[0].accuracy.mean < found[-1].accuracy.mean
    assert all(one.accuracy.low <= one.accuracy.mean <= one.accuracy.high for one in found)


def test_more_draws_than_there_are_are_refused():
    items = [graded("0", True, votes=votes(3)), graded("1", True, votes=votes(5))]
    assert [one.draws for one in fewer_draws(items, [2, 1, 2])] == [1, 2]
    with pytest.raises(SpecError, match="steps accepts a whole number from 1 to 3"):
        fewer_draws(items, [4])
    with pytest.raises(SpecError, match="draws accepts a whole number from 1 to 3"):
        expected(votes(3), 0)
    assert fewer_draws([graded("0", True)]) == []
