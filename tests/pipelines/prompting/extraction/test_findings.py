"""What is reported about a data set and its responses."""

from pipelines.prompting.calls import Item
from pipelines.prompting.extraction.findings import findings
from pipelines.prompting.extraction.reading import Reading


def items(*answers: str) -> list[Item]:
    return [Item(str(place), "?", answer) for place, answer in enumerate(answers)]


def test_a_label_that_never_occurs_is_reported():
    reading = Reading("label", labels=("good", "bad", "so so"))
    found = findings(reading, items("good", "so so", "so so"), ["Good!", "not so  so", "badly"])
    assert [one.text for one in found if one.about == "label"] == [
        "No response names the label 'bad', which 0 items want."
    ]
    found = findings(reading, items("good", "so so", "so so"), ["Good!", "bad"])
    assert [(one.about, one.count) for one in found] == [("label", 2)]


def test_wanted_answers_that_are_none_of_the_kind_are_reported():
    (found,) = findings(Reading("number"), items("1", "x", "y", "z", "w"), ["1"])
    assert found.count == 4
    assert found.text == "4 items want an answer that is not a number: 1 ('x'), 2 ('y'), 3 ('z') and 1 more."


def test_responses_without_an_answer_are_reported():
    (found,) = findings(Reading("number"), items("1"), ["1", "none", ""])
    assert (found.about, found.count) == ("unread", 2) and "In 2 of 3 responses" in found.text


def test_nothing_odd_is_nothing_said():
    choices = [Item("0", "?", "B", ("up", "down"))]
    assert findings(Reading("letter"), choices, ["???"]) == []
    assert findings(Reading("label", labels=("a", "b")), items("a", "b"), []) == []
