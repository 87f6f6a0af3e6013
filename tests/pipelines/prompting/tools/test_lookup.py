"""Cells are found by name; what is not there is told with what is near."""

import random

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.tools.base import MOST
from pipelines.prompting.tools.lookup import Lookup
from pipelines.prompting.tools.table import MOST_ROWS, Table, read_table

PLANETS = 'planet,radius km,moons\nMars,3390,2\nEarth,6371,1\nVenus,6052,0\n"Washington, D.C.",1,\n'
look = Lookup(read_table(PLANETS))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Mars; moons", "2"),
        ("mars;MOONS", "2"),
        (" 'Mars' ; radius  km", "3390"),
        ("Mars, moons", "2"),
        ("Washington, D.C.; radius km", "1"),
        ("Washington, D.C.; moons", "(the cell is empty)"),
        ("Venus", "planet: Venus; radius km: 6052; moons: 0"),
        ("moons = 1", "planet: Earth; radius km: 6371; moons: 1"),
        ("Planet = washington, d.c.", "planet: Washington, D.C.; radius km: 1; moons: "),
    ],
)
def test_a_cell_a_row_and_a_condition(given, found):
    assert look(given) == found


def test_a_name_as_it_stands_goes_before_one_in_another_case():
    table = Table(("name", "v", "V"), (("a", "1", "2"), ("A", "3", "4")))
    assert [Lookup(table)(given) for given in ("a; v", "A; V", "A; v")] == ["1", "4", "3"]


def test_several_rows_are_told_up_to_five():
    table = Table(("name", "kind"), tuple((f"n{at}", "same") for at in range(7)))
    lines = Lookup(table)("kind = same").split("\n")
    assert lines[0] == "name: n0; kind: same" and len(lines) == 6 and lines[-1] == "… and 2 more"
    assert Lookup(Table(("name", "v"), (("a", "1"), ("a", "2"))))("a; v") == "1\n2"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "needs a row and a column"),
        ("Marz; moons", 'There is no row "Marz". The nearest: "Mars".'),
        ("Mars; mons", 'There is no column "mons". The nearest: "moons".'),
        ("qqqq; moons", 'There are: "Mars"; "Earth"; "Venus"; "Washington, D.C.".'),
        ("moons = 99", 'There is no row with moons = "99". There are: "2"; "1"; "0".'),
        ("size = 3", 'There is no column "size"'),
        ("moons", "moons is a column. Name the row too"),
        (";", 'There is no row ""'),
        ("=", 'There is no column ""'),
    ],
)
def test_what_is_not_there_is_told_with_what_is(given, said):
    assert said in look(given) and "lookup[row; column]" in look(given)


def test_the_columns_are_named_in_what_it_does():
    assert "planet, radius km, moons" in look.does
    assert "\n" not in look.does and len(Lookup(Table(("x" * 9_000,), (("1",),))).does) < 500


def test_any_question_is_answered_in_bounds():
    chance = random.Random(3)
    long = Lookup(Table(("name", "text"), tuple((f"n{at}\n" * 50, "w " * 5_000) for at in range(20))))
    parts = [
        "n1",
        "Mars",
        "moons",
        "name",
        "text",
        ";",
        "=",
        ",",
        " ",
        "'",
        '"',
        "\n",
        "[",
        "\x00",
        "y" * 200,
    ]
    for _ in range(400):
        given = "".join(chance.choices(parts, k=chance.randrange(6)))
        assert 0 < len(look(given)) <= MOST and 0 < len(long(given)) <= MOST


@pytest.mark.parametrize(
    ("text", "columns", "first"),
    [
        (PLANETS, ("planet", "radius km", "moons"), ("Mars", "3390", "2")),
        ("a;b\r\n1;2,5\r\n\r\n", ("a", "b"), ("1", "2,5")),
        ("a\tb\n1\t2", ("a", "b"), ("1", "2")),
        ('\ufeffa|"b|c"\n1|2', ("a", "b|c"), ("1", "2")),
        ('[{"a": 1.5, "b": true}, {"a": null, "c": "x"}]', ("a", "b", "c"), ("1.5", "true", "")),
        ('{"Mars": {"moons": 2}, "Earth": {"moons": 1}}', ("row", "moons"), ("Mars", "2")),
    ],
)
def test_tables_as_people_have_them(text, columns, first):
    table = read_table(text)
    assert table.columns == columns and table.rows[0] == first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names the columns"),
        (None, "names the columns"),
        ("a,b", "1 to 5,000 rows"),
        ("a,b\n1", "each row has 2 cells; got '1 cells in row 1'"),
        ("a,a\n1,2", "each column is named, once"),
        ("a,\n1,2", "each column is named, once"),
        ('a,b\n"1,2', "every quote is closed"),
        ("[]", "a list of flat objects"),
        ("[1]", "a list of flat objects"),
        ("[{}]", "a list of flat objects"),
        ('{"a": 1}', "a list of flat objects"),
        ('{"a": {"row": 1}}', "no column 'row'"),
        ('[{"a": [1]}]', "a cell is a text, a number"),
        ('[{"a": 1}', "it can be read"),
        ("[" * 100_000, "it is not nested"),
        ("a\n" + "1\n" * (MOST_ROWS + 1), "1 to 5,000 rows"),
        (",".join("abcdefgh" * 9), "named, once"),
        (",".join(map(str, range(51))) + "\n" + ",".join("1" * 51), "at most 50 columns"),
        ("x" * 500_001, "at most 500,000 characters"),
    ],
)
def test_what_is_no_table_is_refused(text, said):
    with pytest.raises(SpecError, match=r"^table accepts a table as CSV") as refused:
        read_table(text)
    assert said in str(refused.value)
