"""From an outcome to marks, votes and what it took."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item, Outcome, Reply, Text
from pipelines.prompting.extraction.reading import Reading
from pipelines.prompting.measures.graded import Cell, Mark, Vote, grade

ITEM = Item("1", "3 + 5?", "8")


def test_marks_are_by_every_rule_there_is():
    outcome = Outcome("3 + 5 = 9. The answer is 8.0. Is 7 odd?")
    found = grade(ITEM, Reading("number", pattern=r"= (\d)"), outcome)
    assert found.marks == {
        "strict": Mark("8.0", True),
        "flexible": Mark("7", False),
        "custom": Mark("9", False),
    }
    assert found.right("strict") and not found.right()
    with pytest.raises(SpecError, match="rule accepts one of strict, flexible"):
        grade(ITEM, Reading("number"), outcome).right("custom")


def test_tokens_and_seconds_are_of_all_calls():
    replies = [
        Reply((Text("a", 3, "end"), Text("b", 4, "length")), 10, 0.5),
        Reply((Text("c", 5, "stop"),), 20, 0.25),
    ]
    found = grade(ITEM, Reading("number"), Outcome("8"), replies)
    assert (found.prompt_tokens, found.completion_tokens, found.tokens, found.seconds) == (30, 12, 42, 0.75)


def test_votes_that_mean_the_same_are_one_and_silence_stands_last():
    outcome = Outcome("8", votes=(("", 4), ("9", 2), ("8.0", 1), ("8", 1), ("7", 1)))
    found = grade(ITEM, Reading("number"), outcome).votes
    assert found == (Vote("9", 2, False), Vote("8", 2, True), Vote("7", 1, False), Vote("", 4, False))


def test_options_of_the_item_are_used():
    item = Item("1", "Which?", "B", ("up", "down"))
    found = grade(item, Reading("letter"), Outcome("It is down", votes=(("B", 2), ("C", 1))))
    assert found.right() and found.votes == (Vote("B", 2, True), Vote("", 1, False))


def test_an_item_whose_calls_failed_is_wrong_and_says_so():
    found = grade(ITEM, Reading("number"), Outcome("8", votes=(("8", 3),)), error="429")
    assert not found.right() and found.marks["strict"] == Mark(None, False)
    assert found.votes == () and found.error == "429"


def test_a_cell_has_each_item_once():
    one = grade(ITEM, Reading("number"), Outcome("8"))
    with pytest.raises(SpecError, match="each item once"):
        Cell("direct", (one, one))
