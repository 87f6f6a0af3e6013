"""Responses as models write them, and the answers that are read in them."""

import random

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.fields import from_dict, to_dict
from pipelines.prompting.extraction.reading import Read, Reading, reading_for

BANK = ("bank", "library", "department store", "mall", "new york")
BALLS = ("orange ball", "ball", "blue ball.")


def both(kind: str, response: str, choices=(), **more) -> tuple[str | None, str | None]:
    found = Reading(kind, **more).read(response, choices)
    return found.strict, found.flexible


@pytest.mark.parametrize(
    ("response", "strict", "flexible"),
    [
        ("First 7 + 5 = 12. Then 12 - 4 = 8. The answer is 8.", "8", "8"),
        ("7 + 5 = 12", None, "12"),
        ("12", "12", "12"),
        (" 12.\n", "12", "12"),
        ("12 apples", None, "12"),
        ("The answer is 8. Q: what is 3 + 4? The answer is 7.", "8", "7"),
        ("The answer is unknown. The answer is -5.", "-5", "-5"),
        ("the answer is €1,000 or so", "€1,000", "€1,000"),
        ("The answer is **8**.", None, "8"),
        ("The answer is 1/2 of it", "1/2", "1/2"),
        ("I do not know", None, None),
        ("", None, None),
    ],
)
def test_numbers(response, strict, flexible):
    assert both("number", response) == (strict, flexible)


@pytest.mark.parametrize(
    ("form", "response", "answer"),
    [
        ("hashes", "9 * 2 = 18\n#### 18", "18"),
        ("hashes", "##### 18", None),
        ("finish", "Action: finish[18]", "18"),
        ("finish", "Action: Finish[ 18 ] and more 7", "18"),
        ("finish", "Action: finish[18", None),
        ("boxed", "so \\boxed{18} eggs", "18"),
        ("answer_colon", "It is 3.\nAnswer: 18", "18"),
        ("answer_colon", "My Answer: 18", None),
        ("whole", "The answer is 18", None),
    ],
)
def test_forms(form, response, answer):
    assert both("number", response, form=form, alone=False)[0] == answer


@pytest.mark.parametrize(
    ("response", "choices", "strict", "flexible"),
    [
        ("So the answer is (A).", BANK, "A", "A"),
        ("The answer is E.", BANK, "E", "E"),
        ("B", BANK, "B", "B"),
        ("(b)", BANK, "B", None),
        ("The answer is A revolving door.", BANK, None, None),
        ("A revolving door is at a bank.", BANK, None, "A"),
        ("The answer is (F).", BANK, None, None),
        ("(A) is wrong, (D) is right. Not B.", BANK, None, "D"),
        ("It is the Department  Store, I think", BANK, None, "C"),
        ("The answer is bank.", BANK, "A", "A"),
        ("bankrupt", BANK, None, None),
        ("My choice: D", BANK, None, "D"),
        ("I would say\nC) because", BANK, None, "C"),
        ("Alice has the orange ball.", BALLS, None, "A"),
        ("The answer is blue ball.", BALLS, "C", "C"),
        ("It is the blue ball", ("blue", "blue ball"), None, "B"),
        ("I say yes", (), None, None),
    ],
)
def test_letters(response, choices, strict, flexible):
    assert both("letter", response, choices) == (strict, flexible)


@pytest.mark.parametrize(
    ("kind", "response", "strict", "flexible"),
    [
        ("boolean", "The coin is tails up. So the answer is no.", "no", "no"),
        ("boolean", "Yes", "yes", "yes"),
        ("boolean", "Yes, because nobody knows. I am sure it is TRUE", None, "true"),
        ("boolean", "nothing known", None, None),
        ("date", "One day on it is 05/01/2021. So the answer is May 2, 2021.", "2021-05-02", "2021-05-02"),
        ("date", "On 02/30/2021 nothing", None, None),
        ("text", 'The last letter of "Elon" is "n". The answer is nk.', "nk", "nk"),
        ("text", "Let us see.\nyajo", None, "yajo"),
        ("text", "The answer is ya. No:\n#### yo\nDone", "ya", "yo"),
        ("text", "The answer is Mr. Brown. He said so.", "Mr. Brown", "Mr. Brown"),
        ("text", "yajo", "yajo", "yajo"),
        ("text", "", None, None),
        ("text", "The answer is", None, "The answer is"),
    ],
)
def test_other_kinds(kind, response, strict, flexible):
    assert both(kind, response) == (strict, flexible)


def test_labels_are_read_whole_and_the_longest_first():
    labels = ("positive", "negative", "very negative", "valid", "invalid")
    assert both("label", "The answer is Very  Negative.", labels=labels) == ("very negative", "very negative")
    assert both("label", "It is invalid", labels=labels) == (None, "invalid")
    assert both("label", "So: red wine", labels=("red", "red wine")) == (None, "red wine")
    assert both("label", "positively", labels=labels) == (None, None)
    assert both("label", "a+b", labels=("a+b", "c")) == ("a+b", "a+b")


def test_a_vote_goes_by_the_pattern_then_strict_then_flexible_in_normal_form():
    assert Reading("number").answer("3 + 5 = 9. The answer is 8. Is 7 odd?") == "8"
    assert Reading("number").answer("3 + 5 is $1,008.0") == "1008"
    assert Reading("number", pattern=r"= (\d+)").answer("3 + 5 = 9. The answer is 8.") == "9"
    assert Reading("number", pattern=r"= (\d+)").answer("The answer is 8.") == ""
    assert Reading("letter").answer("(C)", BANK) == "C"


@pytest.mark.parametrize("kind", ["number", "letter", "boolean", "date", "text", "label"])
def test_what_was_read_can_be_compared(kind):
    """An answer in its normal form is in normal form, whatever a model writes."""
    rng = random.Random(kind)
    words = [
        "The answer is",
        "(A)",
        "yes",
        "05/01/2021",
        "1,234",
        "May 1, 2021",
        "red",
        "\n",
        "####",
        "no.",
        "]",
        "−3/4",
        "finish[",
    ]
    reading = Reading(
        kind, labels=("red", "blue"), form=rng.choice(["answer_is", "hashes", "finish", "whole"])
    )
    for _ in range(300):
        response = " ".join(rng.choices(words, k=rng.randrange(8)))
        found = reading.read(response, BANK)
        for answer in (found.strict, found.flexible):
            key = reading.key(answer, BANK)
            assert key is None or reading.key(key, BANK) == key, response
        if found.strict is not None and kind != "text":
            assert found.flexible is not None, response


@pytest.mark.parametrize("kind", ["number", "letter", "boolean", "date", "text", "label"])
@pytest.mark.parametrize(
    "piece", ["1,", "A", "the answer is ", "####", "Answer:\n", "finish[", "1/", " ", "\n", "red ", "May 1, "]
)
def test_long_responses_are_read_in_linear_time(kind, piece):
    """A quadratic reading of 100,000 characters would take minutes."""
    Reading(kind, labels=("red", "red wine")).read(piece * (100_000 // len(piece)), BANK)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "colour"}, "kind accepts one of 'number'"),
        ({"form": "sung"}, "form accepts one of 'answer_is'"),
        ({"kind": "label"}, "labels accepts at least one label"),
        ({"kind": "label", "labels": ("a", " ")}, "labels accepts at least one label"),
        ({"kind": "label", "labels": ("yes", "YES")}, "labels that differ in more than case"),
        ({"pattern": "("}, "pattern accepts a regular expression"),
        ({"pattern": "x" * 301}, "pattern accepts text of at most 300"),
        ({"pick": "middle"}, "pick accepts one of 'first', 'last'"),
    ],
)
def test_bad_settings_are_refused(values, message):
    with pytest.raises(SpecError, match=message):
        Reading(**values)


def test_settings_go_through_json_and_suit_a_data_set():
    reading = reading_for(["up", "Down", "up", "down", "up", "down"], form="hashes")
    assert reading == Reading("label", "hashes", labels=("down", "up"))
    assert from_dict(Reading, to_dict(reading)) == reading
    assert reading_for(["1", "2"]).kind == "number" and reading_for(["B"], has_choices=True).kind == "letter"
    assert reading.read("#### down") == Read("down", "down") and reading.rules == ("strict", "flexible")
