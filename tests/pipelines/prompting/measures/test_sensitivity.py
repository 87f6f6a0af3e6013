"""Position and order sensitivity: answers made so that the figures are known."""

import random
from string import ascii_uppercase

import pytest
from scipy.stats import chi2_contingency

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.measures.orders import order_sensitivity
from pipelines.prompting.measures.positions import Trial, arranged, positions, rotations, trial
from tests.pipelines.prompting.measures.cells import cell, drawn

ITEM = Item("7", "Which?", "C", ("red", "green", "blue", "grey"))


def answered(items: int, answer) -> list[Trial]:
    """Each item in all rotations; ``answer(item, order)`` is the place that is chosen."""
    return [
        Trial(str(item), order, item % 4, answer(item, order))
        for item in range(items)
        for order in rotations(4)
    ]


def test_an_arranged_item_asks_the_same():
    for order in rotations(4):
        found = arranged(ITEM, order)
        assert found.choices[ascii_uppercase.index(found.answer)] == "blue"
        assert trial(found, found.answer).right and trial(found, found.answer).option == 2
        assert trial(found, found.answer).order == order and trial(found, None).item == ITEM.id
    assert len({arranged(ITEM, order).id for order in rotations(4)}) == 4
    assert {order.index(2) for order in rotations(4)} == {0, 1, 2, 3}
    with pytest.raises(SpecError, match="each of 0 to 3 once"):
        arranged(ITEM, (0, 1, 1, 2))


@pytest.mark.parametrize("letter", [None, "", "Z", "E", "ab"])
def test_no_letter_of_the_item_is_no_answer(letter):
    assert trial(ITEM, letter).chosen is None


def test_a_model_that_always_takes_the_first_place():
    found = positions(answered(12, lambda item, order: 0))
    assert [one.share for one in found.by_place] == [1, 0, 0, 0] == [one.share for one in found.chosen]
    assert found.test.method == "Cochran's Q" and found.test.p_value < 1e-6
    assert found.agreement.share == 0 and found.pairwise.mean == 0 and found.items == 12


def test_a_model_that_knows_what_it_wants():
    found = positions(answered(12, lambda item, order: order.index(1)))
    assert found.agreement.share == 1 == found.pairwise.mean and found.test.p_value == 1
    assert [one.share for one in found.by_place] == [0.25] * 4 == [one.share for one in found.chosen]


def test_agreement_counts_pairs_of_orders_and_silence_agrees_with_none():
    trials = [Trial("0", order, 0, order.index(1) if i < 2 else None) for i, order in enumerate(rotations(4))]
    found = positions(trials)
    assert found.pairwise.mean == pytest.approx(1 / 6) and found.agreement.hits == 0 and found.silent == 2


def test_items_that_stand_once_are_compared_by_chi_square():
    rng = random.Random(0)
    trials = [
        Trial(str(i), (0, 1, 2, 3), i % 4, i % 4 if rng.random() < 0.8 - 0.1 * (i % 4) else 3)
        for i in range(200)
    ]
    found = positions(trials)
    hits = [one.hits for one in found.by_place]
    theirs = chi2_contingency([hits, [50 - hit for hit in hits]], correction=False)
    assert (found.test.statistic, found.test.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found.agreement.count == 0


def test_what_is_neither_is_not_tested():
    trials = answered(3, lambda item, order: 0)[:-1]
    assert positions(trials).test.method == "none" and positions([]).by_place == ()


def test_orders_that_change_nothing():
    same = [cell(name, [1, 0, 1, 1]) for name in "abc"]
    found = order_sensitivity(same)
    assert (found.spread, found.low, found.high, found.by_chance) == (0, 0, 0, 0)
    assert found.changing.hits == 0 and found.test.p_value == 1


def test_an_order_that_matters_stands_out_of_chance():
    cells = [drawn("a", 150, 0.8, 1), drawn("b", 150, 0.8, 2), drawn("c", 150, 0.4, 3)]
    found = order_sensitivity(cells)
    shares = [one.share for one in found.accuracies]
    assert found.spread == pytest.approx(max(shares) - min(shares)) and found.names == ("a", "b", "c")
    assert found.by_chance < found.low < found.spread < found.high and found.test.p_value < 1e-6
    mixed = sum(len({cell.items[i].right() for cell in cells}) > 1 for i in range(150))
    assert found.changing.hits == mixed


def test_an_order_that_does_not_matter_is_within_chance():
    found = order_sensitivity([drawn(str(i), 150, 0.6, i) for i in range(4)])
    assert found.spread < 2.5 * found.by_chance and found.test.p_value > 0.01
    assert 0 < found.by_chance < 0.2


def test_what_chance_would_spread():
    """Two items, each right under one of two orders: dealt out anew they agree half the time (spread 1) and
    cancel half the time (spread 0)."""
    found = order_sensitivity([cell("a", [1, 1]), cell("b", [0, 0])])
    assert found.spread == 1 and found.by_chance == pytest.approx(0.5, abs=0.06)


def test_orders_are_of_the_same_items():
    with pytest.raises(SpecError, match="same items"):
        order_sensitivity([cell("a", [1]), cell("b", [1, 1])])
    with pytest.raises(SpecError, match="two orders at least"):
        order_sensitivity([cell("a", [1])])
