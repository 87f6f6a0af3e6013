"""The curve of in-context learning."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.measures.comparison import compare
from pipelines.prompting.measures.learning_curve import Run, learning_curve
from tests.pipelines.prompting.measures.cells import cell


def hits(name: str, count: int):
    return cell(name, [i < count for i in range(40)])


NONE = Run("true", 0, hits("none", 10))
TRUE = [Run("true", 8, hits("true 8", 34)), Run("true", 2, hits("true 2", 20))]
FLIPPED = [Run("flipped", 8, hits("flipped 8", 4))]


def test_each_line_begins_without_examples_and_goes_by_shots():
    found = learning_curve([*TRUE, NONE, *FLIPPED])
    assert [(one.labels, one.shots, one.accuracy.hits) for one in found] == [
        ("true", 0, 10), ("true", 2, 20), ("true", 8, 34), ("flipped", 0, 10), ("flipped", 8, 4),
    ]  # fmt: skip
    assert all(one.accuracy.low < one.accuracy.share < one.accuracy.high for one in found)


def test_points_are_paired_with_none_and_with_true_labels():
    found = {(one.labels, one.shots): one for one in learning_curve([NONE, *TRUE, *FLIPPED])}
    assert found["true", 0].against_none is None
    assert found["true", 8].against_none == compare(NONE.cell, TRUE[0].cell)
    assert found["true", 8].against_true is None
    assert found["flipped", 8].against_true.paired.difference == pytest.approx(-0.75)
    assert found["flipped", 8].against_true.verdict == "worse"


def test_what_was_not_run_is_not_compared():
    found = learning_curve(FLIPPED)
    assert [(one.shots, one.against_none, one.against_true) for one in found] == [(8, None, None)]
    assert [one.shots for one in learning_curve([NONE])] == [0] and learning_curve([]) == []


def test_two_runs_of_one_kind_and_other_items_are_refused():
    with pytest.raises(SpecError, match="one run of each labels"):
        learning_curve([NONE, Run("flipped", 0, hits("again", 9))])
    with pytest.raises(SpecError, match="same items"):
        learning_curve([NONE, Run("true", 2, cell("short", [1, 0]))])
    with pytest.raises(SpecError, match="shots accepts a whole number"):
        Run("true", -1, NONE.cell)
