"""What a vote may say, and which text it is about."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.preferences.ballots import Ballot
from pipelines.preferences.records import Choice


@pytest.mark.parametrize(
    ("said", "flipped", "meant"),
    [
        ("left", False, Choice.A),
        ("left", True, Choice.B),
        ("right", False, Choice.B),
        ("right", True, Choice.A),
        ("tie", True, Choice.TIE),
        ("both_bad", True, Choice.BOTH_BAD),
        ("skip", False, Choice.SKIP),
    ],
)
def test_left_and_right_are_those_of_the_one_who_looked(said, flipped, meant):
    assert Ballot(said).about(flipped) is meant


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("choice", "a", "one of left, right, tie"),
        ("choice", None, "one of left"),
        ("strength", 0, "from 1 to 3"),
        ("strength", 4, "from 1 to 3"),
        ("strength", True, "from 1 to 3"),
        ("tags", ["helpful", "nice"], "some of helpful, correct"),
        ("tags", [["helpful"]], "some of"),
        ("tags", "helpfu", "some of"),
        ("note", "x" * 2001, "at most 2,000"),
        ("note", 3, "text"),
        ("edited", "x" * 20_001, "at most 20,000"),
        ("seconds", -1, "at least 0"),
        ("seconds", float("nan"), "at least 0"),
        ("seconds", "3", "at least 0"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(field, value, accepted):
    with pytest.raises(SpecError, match=accepted) as refused:
        Ballot(**{"choice": "left", field: value})
    assert refused.value.field == field


def test_the_same_words_are_the_same_ballot():
    assert Ballot("left", tags=["style", "helpful", "style"]) == Ballot("left", tags=("helpful", "style"))
    assert Ballot("tie", note="a\0b\ud800").note == "a?b?"
    assert Ballot("tie", seconds=10**9).seconds == 86_400
