import random
import string

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.prompt.template import Variable, fill, names, parse

PIECES = (
    "{",
    "}",
    "{{",
    "}}",
    "{a}",
    "{b_1}",
    "{two words}",
    " ",
    "\n",
    "x",
    "ß",
    "{a.b}",
    "{!r}",
    "%s",
    "$a",
)
VALUES = {"a": "{b_1} {{", "b_1": "}%s$a", "two words": "\\1 {0.__class__}"}


def test_texts_and_variables_in_order():
    assert parse("a {x} b{y z}{x}") == ("a ", Variable("x"), " b", Variable("y z"), Variable("x"))
    assert names(parse("{x} {y} {x}")) == ("x", "y")
    assert parse("") == ()


@pytest.mark.parametrize("seed", range(20))
def test_fuzzed_templates_are_refused_or_filled_as_format_fills_them(seed):
    rng = random.Random(seed)
    values = {name: value for name, value in VALUES.items() if " " not in name}
    for _ in range(200):
        source = "".join(rng.choices([p for p in PIECES if p != "{two words}"], k=rng.randint(0, 8)))
        try:
            parts = parse(source)
        except SpecError as error:
            assert error.field == "template"
            continue
        given = dict.fromkeys(names(parts), "{ß}") | values
        assert fill(parts, given) == source.format(**given), source


@pytest.mark.parametrize("seed", range(5))
def test_any_text_can_be_written_with_doubled_braces(seed):
    rng = random.Random(seed)
    for _ in range(200):
        text = "".join(rng.choices(string.printable + "{}{}{}", k=rng.randint(1, 40)))
        assert "".join(parse(text.replace("{", "{{").replace("}", "}}"))) == text


@pytest.mark.parametrize(
    "wrong",
    [
        "{item.__class__}",
        "{question.__init__.__globals__}",
        "{question[0]}",
        "{question!r}",
        "{question:>99999999}",
        "{question:{width}}",
        "{{{question.a}}}",
        "{0}",
        "{}",
        "{ question }",
        "{question\n}",
        "{a  b}",
        "{",
        "}",
        "{question",
        "question}",
        "{a{b}}",
        '{"answer": 1}',
    ],
)
def test_what_is_no_plain_name_is_refused(wrong):
    with pytest.raises(SpecError, match=r"write \{\{ and \}\} for braces"):
        parse(f"Say {wrong} now")


def test_values_are_never_read_again():
    assert fill(parse("{a} {two words} {b_1}"), VALUES) == "{b_1} {{ \\1 {0.__class__} }%s$a"


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{a} {b}", "A"),
        ("{b} {a}", "A"),
        ("  {b} {a}", "A"),
        ("{a} {b} {b} {a}", "A A"),
        ("{a}\n\n{b}\n{a}!", "A\nA!"),
        ("{a} - {b}", "A -"),
        ("{a} {b}.", "A."),
        ("{b}", ""),
        (" x {b}", " x"),
    ],
)
def test_an_empty_variable_takes_white_space_along(template, filled):
    assert fill(parse(template), {"a": "A", "b": ""}) == filled


def test_white_space_of_values_stays():
    assert fill(parse("{a}{b}"), {"a": "A \n", "b": ""}) == "A \n"
