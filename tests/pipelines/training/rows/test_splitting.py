"""Rows to learn from and to measure on: nothing on both sides, the same every time, each label's share."""

import random
from collections import Counter

import pytest

from pipelines.training.rows.examples import Answered, Chat, Completion, Labelled, Message, Plain, Tagged
from pipelines.training.rows.splitting import split
from pipelines.training.rows.table import BadRowsError


def plain(*texts: str) -> list[Plain]:
    return [Plain(row, text) for row, text in enumerate(texts, 1)]


def test_equal_contents_are_never_on_both_sides():
    rng = random.Random(0)
    for seed in range(30):
        rows = plain(*(f"text {rng.randrange(40)}" for _ in range(200)))
        training, validation = split(rows, rng.choice([0.01, 0.1, 0.5]), seed)
        assert not {e.text for e in training} & {e.text for e in validation}
        assert sorted([*training, *validation], key=lambda e: e.row) == rows and training and validation
        assert list(training) == sorted(training, key=lambda e: e.row)


def test_white_space_and_case_make_no_other_row():
    rows = plain("A fox.", "a  fox.\n", "A hen.", "B", "C", "D")
    for seed in range(10):
        training, _ = split(rows, 0.3, seed)
        assert len({"A fox.", "a  fox.\n"} & {e.text for e in training}) in (0, 2)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (Labelled(1, "x", "a"), Labelled(2, "x", "b")),
        (Tagged(1, ("x", "y"), ("O", "O")), Tagged(2, ("x", "y"), ("B-A", "O"))),
        (Completion(1, "x", "y"), Completion(2, "x", "y")),
        (Chat(1, (Message("user", "x"),)), Chat(2, (Message("user", "x"),))),
        (Answered(1, "q", "c", ("c",), (0,)), Answered(2, "q", "c", ("c",), (0,))),
    ],
)
def test_what_makes_rows_equal(first, again):
    with pytest.raises(BadRowsError, match="2 rows with the same content"):
        split([first, again], 0.5, 0)


def test_order_does_not_matter_and_the_seed_does():
    rows = plain(*map(str, range(300)))
    held = {e.text for e in split(rows, 0.1, 3)[1]}
    assert len(held) == 30
    assert {e.text for e in split(rows[::-1], 0.1, 3)[1]} == held
    assert {e.text for e in split(rows, 0.1, 4)[1]} != held


def test_labels_keep_their_shares():
    sizes = {"common": 500, "some": 95, "few": 11, "pair": 2, "single": 1}
    rows = [Labelled(0, f"{label} {n}", label) for label, size in sizes.items() for n in range(size)]
    for seed in range(5):
        training, validation = split(rows, 0.1, seed)
        counts = Counter(e.label for e in validation)
        assert len(validation) == round(0.1 * len(rows))
        assert abs(counts["common"] - 50) <= 1 and abs(counts["some"] - 9.5) <= 1 and counts["few"] in (1, 2)
        assert counts["single"] == 0 and {e.label for e in training} == set(sizes)


def test_labels_of_one_row_each_are_split_all_the_same():
    rows = [Labelled(n, str(n), str(n)) for n in range(10)]
    training, validation = split(rows, 0.2, 0)
    assert (len(training), len(validation)) == (8, 2)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_each_side_gets_one(share):
    assert [len(side) for side in split(plain("a", "b"), share, 0)] == [1, 1]


@pytest.mark.parametrize("rows", [[], plain("a"), plain("a", "A ")])
def test_too_few_rows_are_said(rows):
    with pytest.raises(BadRowsError, match="two different ones are needed"):
        split(rows, 0.1, 0)
