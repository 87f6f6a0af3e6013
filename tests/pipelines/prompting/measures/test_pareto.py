"""The front, against its definition, and what a run costs."""

import random

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.measures.cost import Prices, cost
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.pareto import front, points
from tests.pipelines.prompting.measures.cells import cell, graded


def test_on_the_front_is_who_no_other_beats():
    rng = random.Random(0)
    for _ in range(400):
        count = rng.randrange(8)
        gains, costs = ([rng.randrange(5) for _ in range(count)] for _ in range(2))
        beaten = [
            any(
                gains[j] >= gains[i] and costs[j] <= costs[i] and (gains[j], costs[j]) != (gains[i], costs[i])
                for j in range(count)
            )
            for i in range(count)
        ]
        assert front(gains, costs) == [not one for one in beaten], (gains, costs)


def test_points_are_means_of_an_item():
    slow = Cell(
        "slow",
        tuple(graded(str(i), True, prompt_tokens=10, completion_tokens=10 * i, seconds=i) for i in range(3)),
    )
    fast = cell("fast", [1, 0, 0], prompt_tokens=5, seconds=2.0)
    found = points([slow, Cell("empty", ()), fast])
    assert [(one.name, one.tokens, one.seconds) for one in found] == [("slow", 20, 1), ("fast", 5, 2)]
    assert [(one.best_for_tokens, one.best_for_seconds) for one in found] == [(True, True), (True, False)]
    assert found[1].accuracy.share == pytest.approx(1 / 3)
    assert points([]) == []


def test_costs_are_of_prompt_and_answer_by_their_own_price():
    run = cell("cot", [1, 0, 0, 1], prompt_tokens=1_000, completion_tokens=500)
    found = cost(run, Prices(2.5, 10))
    assert found.total == pytest.approx(4 * (0.0025 + 0.005))
    assert (found.per_item, found.per_right) == pytest.approx((found.total / 4, found.total / 2))
    assert (
        cost(cell("bad", [0]), Prices(1, 1)).per_right is None
        and cost(Cell("none", ()), Prices()).per_item is None
    )


@pytest.mark.parametrize("price", [-1, float("nan"), float("inf"), 1e9, "1"])
def test_a_price_is_a_number_from_0(price):
    with pytest.raises(SpecError, match="completion accepts a number"):
        Prices(1, price)
