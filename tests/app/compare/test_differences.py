import pytest

from app.compare.differences import ABSENT, differences, same
from pipelines.training.specs import PretrainSpec

BASE = PretrainSpec().to_dict()


def labels(rows):
    return {row.label for row in rows}


def test_two_equal_specs_have_no_differences_but_all_their_rows():
    rows = differences([("pretrain", BASE), ("pretrain", dict(BASE))])
    assert not any(row.differs for row in rows)
    assert {row.field for row in rows} == {"kind", *BASE}


def test_exactly_what_was_changed_differs_under_the_forms_own_labels():
    changed = {**BASE, "num_layers": 5, "learning_rate": 0.01}
    rows = {row.field: row for row in differences([("pretrain", BASE), ("pretrain", changed)])}
    assert {name for name, row in rows.items() if row.differs} == {"num_layers", "learning_rate"}
    assert rows["num_layers"].label == "Layers" and rows["num_layers"].values == (BASE["num_layers"], 5)


def test_rows_stand_in_the_order_of_the_form():
    rows = [row.field for row in differences([("pretrain", dict(reversed(BASE.items())))])]
    assert rows == ["kind", *BASE]


def test_kinds_with_other_fields_stand_beside_each_other():
    rows = {r.field: r for r in differences([("pretrain", {"seed": 1}), ("gone", {"seed": 1, "beta": 0.1})])}
    assert rows["kind"].differs and rows["kind"].values == ("Pretraining", "gone")
    assert rows["beta"].differs and rows["beta"].values == (ABSENT, 0.1)
    assert not rows["seed"].differs


def test_a_difference_to_any_of_several_counts():
    rows = {r.field: r for r in differences([("?", {"a": 1}), ("?", {"a": 1}), ("?", {"a": 2})])}
    assert rows["a"].differs


def test_no_specs_make_one_empty_row():
    assert [row.values for row in differences([])] == [()]


@pytest.mark.parametrize(
    ("one", "other", "equal"), [(4, 4.0, True), (1, True, False), (["a"], ["a"], True), (None, ABSENT, False)]
)
def test_values_are_compared_as_json(one, other, equal):
    assert same(one, other) is equal
