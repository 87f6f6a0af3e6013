"""Accuracy and paired comparison, against SciPy and by hand."""

import math
import random

import pytest
from scipy.stats import binomtest

from pipelines.core.errors import SpecError
from pipelines.prompting.measures.accuracy import accuracy
from pipelines.prompting.measures.comparison import (
    BETTER,
    UNCLEAR,
    WORSE,
    Difference,
    compare,
    compare_all,
    holm,
)
from pipelines.prompting.measures.graded import Cell
from tests.pipelines.prompting.measures.cells import cell, drawn, graded


def test_accuracy_is_by_every_rule_with_wilson_s_interval():
    items = tuple(graded(str(i), i < 8, strict=i < 5, error="429" if i == 9 else "") for i in range(10))
    found = accuracy(Cell("cot", items))
    for rule, hits in (("strict", 5), ("flexible", 8)):
        wilson = binomtest(hits, 10).proportion_ci(method="wilson")
        share = found.shares[rule]
        assert (share.hits, share.low, share.high) == (hits, wilson.low, wilson.high)
    assert found.unread == {"strict": 5, "flexible": 0} and found.failed == 1
    assert accuracy(Cell("none", ())).shares == {}


def test_a_comparison_names_the_items_where_they_differ():
    found = compare(cell("direct", [1, 1, 0, 0]), cell("cot", [1, 0, 1, 1]))
    assert found.differences == (
        Difference("1", "8", "8", "9", "direct"),
        Difference("2", "8", "9", "8", "cot"),
        Difference("3", "8", "9", "8", "cot"),
    )
    assert (found.paired.only_first, found.paired.only_second, found.items) == (1, 2, 4)
    assert found.paired.difference == 0.25 and found.verdict == UNCLEAR


def test_the_order_of_the_items_does_not_matter():
    first, second = drawn("a", 50, 0.4, 1), drawn("b", 50, 0.7, 2)
    turned = Cell("b", tuple(reversed(second.items)))
    assert compare(first, second) == compare(first, turned)


@pytest.mark.parametrize("other", [[1, 1], [1, 1, 1, 1]])
def test_cells_of_other_items_are_refused(other):
    with pytest.raises(SpecError, match="two cells with the same items"):
        compare(cell("a", [1, 1, 1]), cell("b", other))


def test_cells_that_want_other_answers_are_refused():
    one = cell("a", [1])
    two = Cell("b", (graded("0", True).__class__("0", "9", one.items[0].marks),))
    with pytest.raises(SpecError, match="want the same answers"):
        compare(one, two)


def test_a_verdict_is_given_only_where_interval_and_test_agree():
    rng, seen = random.Random(0), set()
    for _ in range(90):
        count = rng.choice([6, 12, 40])
        rights = [[rng.random() < chance for _ in range(count)] for chance in (rng.random(), rng.random())]
        found = compare(*(cell(str(i), values) for i, values in enumerate(rights)))
        wins = found.paired.only_first, found.paired.only_second
        assert found.paired.p_value == pytest.approx(binomtest(wins[0], sum(wins)).pvalue if any(wins) else 1)
        clear = not found.paired.low <= 0 <= found.paired.high and found.paired.p_value < 0.05
        assert found.verdict == ((BETTER if wins[1] > wins[0] else WORSE) if clear else UNCLEAR)
        seen.add(found.verdict)
    assert seen == {BETTER, WORSE, UNCLEAR}


def test_all_pairs_are_adjusted_for_their_number():
    cells = [drawn("a", 60, 0.3, 1), drawn("b", 60, 0.6, 2), drawn("c", 60, 0.6, 3)]
    found = compare_all(cells)
    assert [(one.first, one.second) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [one.adjusted for one in found] == holm([one.paired.p_value for one in found])
    assert found[0].adjusted > found[0].paired.p_value


def test_holm_against_its_definition():
    """Rejecting step by step at any level α rejects exactly the hypotheses whose adjusted p-value is ≤ α."""
    rng = random.Random(4)
    for _ in range(200):
        values = [rng.choice([rng.random(), rng.random() / 20]) for _ in range(rng.randrange(1, 7))]
        adjusted, alpha = holm(values), rng.random() / 5
        ranked, rejected = sorted(range(len(values)), key=values.__getitem__), set()
        for rank, place in enumerate(ranked):
            if values[place] * (len(values) - rank) > alpha:
                break
            rejected.add(place)
        assert rejected == {place for place, value in enumerate(adjusted) if value <= alpha}
    assert holm([]) == []


def test_without_items_nothing_is_known():
    found = compare(Cell("a", ()), Cell("b", ()))
    assert math.isnan(found.paired.difference) and found.verdict == UNCLEAR
