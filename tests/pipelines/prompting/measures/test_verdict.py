"""The sentence: every number in it is computed, and it never claims more than they bear out."""

import random
import re

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.measures.comparison import compare
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.verdict import sentence
from tests.pipelines.prompting.measures.cells import cell, graded


def test_cot_beats_direct_and_self_consistency_does_not_lose():
    direct = cell("direct", [i < 80 for i in range(200)])
    cot = cell("cot", [i < 160 for i in range(200)])
    more = cell("self_consistency", [2 < i < 166 for i in range(200)])
    assert sentence(direct, cot, more) == (
        "On the same 200 items chain of thought is right on 80.0% and direct answering on 40.0%: 40.0 points "
        "more (95% interval 32.8 to 46.5, exact McNemar p < 0.001), so chain of thought beats direct "
        "answering; self-consistency is right on 81.5%, 1.5 points more than chain of thought (95% interval "
        "−1.7 to 4.8, exact McNemar p = 0.508), so the two cannot be told apart and it is not shown to lose "
        "to chain of thought (a loss of more than 1.7 points is unlikely)."
    )


@pytest.mark.parametrize(
    ("first", "second", "third", "gain", "keeps"),
    [
        (20, 80, 40, "beats direct answering", "so it loses to chain of thought"),
        (80, 20, 80, "loses to direct answering", "so it beats chain of thought"),
        (50, 52, 50, "so the two cannot be told apart", "not shown to lose"),
        (50, 50, 50, "no difference (95%", "no difference (95%"),
    ],
)
def test_every_outcome_is_said(first, second, third, gain, keeps):
    cells = [
        cell(name, [i < hits for i in range(100)])
        for name, hits in zip("abc", (first, second, third), strict=True)
    ]
    one, two = sentence(*cells).split("; ")
    assert gain in one and keeps in two
    assert sentence(*cells[:2]) == one + "."


def test_it_claims_a_difference_exactly_where_the_interval_leaves_out_0():
    rng = random.Random(2)
    for _ in range(50):
        count = rng.choice([30, 100])
        sides = [
            cell(str(i), [rng.random() < chance for _ in range(count)])
            for i, chance in enumerate((0.5, rng.random()))
        ]
        found, said = compare(*sides), sentence(*sides)
        assert ("beats" in said) == (found.paired.low > 0 and found.paired.p_value < 0.05), said
        assert ("loses" in said) == (found.paired.high < 0 and found.paired.p_value < 0.05), said
        low, high = (
            float(end.replace("−", "-")) for end in re.search(r"interval (\S+) to (\S+),", said).groups()
        )
        assert (low, high) == pytest.approx((100 * found.paired.low, 100 * found.paired.high), abs=0.051)


def test_failed_calls_are_told():
    failed = Cell("cot", (graded("0", False, error="429"), graded("1", True)))
    assert sentence(cell("direct", [0, 1]), failed).endswith("(calls that failed, 1 in all, count as wrong).")


def test_the_rule_is_the_one_that_was_asked_for():
    obeys = Cell("cot", tuple(graded(str(i), True, strict=False) for i in range(40)))
    direct = cell("direct", [False] * 40)
    assert "beats" in sentence(direct, obeys, rule="flexible")
    assert "cannot be told apart" in sentence(direct, obeys, rule="strict")


def test_without_items_nothing_is_claimed_and_other_items_are_refused():
    assert "nothing can be said" in sentence(Cell("direct", ()), Cell("cot", ()))
    with pytest.raises(SpecError, match="same items"):
        sentence(cell("direct", [1]), cell("cot", [1, 1]))
