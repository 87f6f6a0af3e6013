"""When two answers are the same, by kind."""

from fractions import Fraction
from itertools import product

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.extraction.kinds import KINDS, guessed_kind, kind_of, same_answer
from pipelines.prompting.extraction.numeric import number


@pytest.mark.parametrize(
    "given", ["1234", "1,234", "1234.0", "$1,234", "£1234.00", "1234.", "1.234e3", "+1234", "€1,234", "1234%"]
)
def test_one_number_in_many_clothes(given):
    assert same_answer("number", given, "1234") and not same_answer("number", given, "1235")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/2", Fraction(1, 2)), ("-3/4", Fraction(-3, 4)), ("1 1/2", Fraction(3, 2)),
        ("0.5", Fraction(1, 2)),
        ("-$5", Fraction(-5)), ("$-5", Fraction(-5)), ("−5", Fraction(-5)), (".5", Fraction(1, 2)),
        ("1/0", None), ("", None), ("five", None), ("1.2.3", None), ("1/2/3", None), ("8 apples", None),
        ("1e9999", None), ("9" * 401, None), ("nan", None), ("inf", None), ("१२", None),
    ],
)  # fmt: skip
def test_values(text, value):
    assert number(text) == value


def test_numbers_too_large_for_a_float_keep_their_last_digit():
    assert not same_answer("number", "12345678901234567891", "12345678901234567890")
    assert same_answer("number", "0.30", "0.3") and not same_answer("number", "0.3333", "1/3")


@pytest.mark.parametrize(
    "given",
    [
        "2021-05-01",
        "05/01/2021",
        "5/1/2021",
        "May 1, 2021",
        "1 May 2021",
        "the 1st of May 2021",
        "Sat, May 1 2021",
    ],
)
def test_one_date_in_many_clothes(given):
    fits = given != "Sat, May 1 2021"  # an abbreviated weekday is not read
    assert same_answer("date", given, "05/01/2021") is fits and not same_answer("date", given, "05/02/2021")


def test_of_figures_the_month_comes_first_unless_told():
    assert kind_of("date").key("03/04/2020") == "2020-03-04"
    assert kind_of("date", day_first=True).key("03/04/2020") == "2020-04-03"
    assert (
        kind_of("date").key("31/12/2020") == kind_of("date", day_first=True).key("12/31/2020") == "2020-12-31"
    )
    assert kind_of("date").key("02/30/2021") is None and kind_of("date").key("5/1/21") is None


@pytest.mark.parametrize(
    ("kind", "given", "wanted", "same"),
    [
        ("letter", "(b)", "B", True), ("letter", "B.", "(B)", True), ("letter", "A", "B", False),
        ("boolean", "True", "true", True), ("boolean", "yes", "True", True), ("boolean", "no", "yes", False),
        ("label", "Very Positive", "very positive", True), ("label", "negative", "positive", False),
        ("text", "The Eiffel tower!", "eiffel tower", True), ("text", "a", "the", False),
        ("text", "] )", "])", True),
        ("text", "yajo", "yajc", False), ("number", "x", "x", False), ("date", "soon", "soon", False),
    ],
)  # fmt: skip
def test_sameness(kind, given, wanted, same):
    assert same_answer(kind, given, wanted) is same


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_the_same_as_nothing(kind):
    assert not same_answer(kind, None, "1") and not same_answer(kind, "", "")


def test_sameness_is_an_equivalence():
    """Votes are counted by it: who agrees with whom must not depend on the order."""
    answers = ["1", "1.0", "$1", "2/2", "0.5", "1/2", "50%", "x", "", "the", "The x", "yes", "True", "(A)"]
    for kind in KINDS:
        for a, b, c in product(answers, repeat=3):
            if same_answer(kind, a, b) and same_answer(kind, b, c):
                assert same_answer(kind, a, c) and same_answer(kind, b, a), (kind, a, b, c)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["1", "2,000", "-3.5"], "number"), (["yes", "No"], "boolean"), (["True", "False"], "boolean"),
        (["05/01/2021", "2020-01-01"], "date"), (["valid", "invalid"] * 3, "label"),
        (["Paris", "London", "Rome"], "text"), ([], "text"), (["1", "one"], "text"),
    ],
)  # fmt: skip
def test_the_kind_is_guessed_from_the_wanted_answers(answers, kind):
    assert guessed_kind(answers) == kind
    assert guessed_kind(answers, has_choices=True) == "letter"


def test_an_unknown_kind_is_refused():
    with pytest.raises(SpecError, match="kind accepts one of number"):
        kind_of("colour")
