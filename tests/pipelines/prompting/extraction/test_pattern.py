"""A visitor's regular expression: what it finds, and that a bad one does no harm."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.extraction.pattern import FIRST, LAST, Pattern


def test_the_group_or_the_whole_match():
    assert Pattern(r"Result: (\w+)").find("Result: red. Result: blue.") == "red"
    assert Pattern(r"Result: (\w+)", LAST).find("Result: red. Result: blue.") == "blue"
    assert Pattern(r"\d+").find("a 12 b 34") == "12"
    assert Pattern(r"(?:a|b)(\d)").find("b7") == "7"
    assert Pattern(r"x").find("") is None


def test_a_group_that_took_no_part_is_no_match():
    assert Pattern(r"yes|no (\d)").find("yes and no 4") == "4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(", "missing \\)"),
        ("[a", "unterminated"),
        ("a{2,1}", "min repeat greater"),
        ("(a)(b)", "one group at most"),
        ("(?P<x>a)(b)", "one group at most"),
        ("(?R)", "regular expression of Python"),
        ("", "1 to 300 characters"),
        ("a" * 301, "1 to 300 characters"),
        (None, "1 to 300 characters"),
        ("(((a{1000}){1000}){1000})", "multiply to 10,000"),
        ("(a{200}){200}", "multiply to 10,000"),
        ("a{99999999999999999999}", "multiply to 10,000"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_cause(text, message):
    with pytest.raises(SpecError, match=message) as caught:
        Pattern(text)
    assert caught.value.field == "pattern"


@pytest.mark.parametrize("text", [r"(a+)+b", r"(\w+\s?)*[!?]", r"(\d+,?\s?)+=|;"])
def test_catastrophic_backtracking_is_found_before_the_run(text, monkeypatch):
    monkeypatch.setattr("pipelines.prompting.extraction.pattern._SECONDS", 0.05)
    with pytest.raises(SpecError, match="within a second"):
        Pattern(text)


@pytest.mark.parametrize("pick", [FIRST, LAST])
def test_catastrophic_backtracking_is_stopped(pick, monkeypatch):
    """On a text that no probe is like."""
    found = Pattern(r"(Ж+)+Я", pick)
    monkeypatch.setattr("pipelines.prompting.extraction.pattern._SECONDS", 0.05)
    with pytest.raises(SpecError, match="within a second"):
        found.find("Ж" * 5000)
