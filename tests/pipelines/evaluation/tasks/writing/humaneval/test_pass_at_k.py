"""pass@k against counting every way to draw k of n answers."""

from itertools import combinations

import pytest

from pipelines.evaluation.tasks.writing.humaneval.pass_at_k import pass_at_k, passes


def test_is_the_share_of_draws_with_a_right_one():
    for count in range(1, 8):
        for passed in range(count + 1):
            for k in range(1, count + 1):
                draws = list(combinations(range(count), k))
                right = sum(any(one < passed for one in draw) for draw in draws)
                assert pass_at_k(count, passed, k) == pytest.approx(right / len(draws), abs=1e-12)


def test_by_hand():
    """1 - C(3, 2) / C(5, 2) = 1 - 3 / 10; and half of six, as in HumanEval's own example."""
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7) and pass_at_k(6, 3, 1) == 0.5
    assert pass_at_k(200, 1, 100) == pytest.approx(0.5)
    assert pass_at_k(200, 199, 2) == 1.0


def test_there_is_no_figure_for_more_than_there_are():
    assert list(passes(9, 4)) == [f"pass@{k},create_test" for k in (1, 2, 5, 8)]
    for wrong in ((5, 6, 1), (5, -1, 1), (5, 2, 6), (5, 2, 0)):
        with pytest.raises(ValueError, match="answers passed"):
            pass_at_k(*wrong)
