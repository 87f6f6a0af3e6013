"""Tables: each row says by itself what it is about."""

import csv
import io
import random

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.limits import Limits


def rows(found) -> list[str]:
    assert [m.label for m in found.marks] == [str(at + 1) for at in range(len(found.marks))]
    return [found.text[m.start : m.end] for m in found.marks if m.kind == "row"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_of_every_dialect(read, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(
        [["port", "high water"], ["Brest", 'at "six"'], ["Cuxhaven", f"{delimiter} at\nseven"]]
    )
    found = read(out.getvalue(), "a.csv")
    assert rows(found) == [
        'port: Brest\nhigh water: at "six"',
        f"port: Cuxhaven\nhigh water: {delimiter.strip()}{' ' * bool(delimiter.strip())}at\nseven",
    ]


def test_tabs_where_nothing_tells(read):
    assert rows(read("a\tb\n1\t2", "a.tsv")) == ["a: 1\nb: 2"]
    assert rows(read("port\nBrest", "a.csv")) == ["port: Brest"]


def test_numbers_are_no_names_of_columns(read):
    assert rows(read("1,2\n3,4\n", "a.csv")) == ["column 1: 1\ncolumn 2: 2", "column 1: 3\ncolumn 2: 4"]
    assert rows(read("x,x\n3,4\n", "a.csv"))[0] == "column 1: x\ncolumn 2: x"


def test_ragged_rows_are_read_and_noted(read):
    found = read("port,hours\nBrest\nCuxhaven,7,late\n\n,,\nDover,5\n", "a.csv")
    assert rows(found) == ["port: Brest", "port: Cuxhaven\nhours: 7\ncolumn 3: late", "port: Dover\nhours: 5"]
    assert found.notes == ("2 rows have more or fewer values than the first row.",)


def test_very_wide_fields_and_too_many_columns(read):
    wide = "w" * 400_000
    assert rows(read(f"port,text\nBrest,{wide}\n", "a.csv")) == [f"port: Brest\ntext: {wide}"]
    with pytest.raises(GlassworksError, match="1,200 columns; accepted are at most 1,000"):
        read(",".join(f"c{at}" for at in range(1200)) + "\n", "a.csv")


def test_other_readers_of_the_process_may_still_read_wide_fields(read):
    before = csv.field_size_limit()
    read("port\nBrest\n", "a.csv")
    assert csv.field_size_limit() >= before >= len("w" * 100_000)


def test_only_a_header(read):
    found = read("port,hours\n", "a.csv")
    assert found.text == "port, hours" and found.marks == ()


def test_too_many_rows(read):
    with pytest.raises(GlassworksError, match="more than the 3 rows accepted"):
        read("a\n1\n2\n3\n4\n", "a.csv", Limits(rows=3))


def test_every_value_is_in_its_row(read):
    rng = random.Random(2)
    values = ("a", "b c", '"q"', "x,y", "é", "1.5", "two\nlines")
    for _ in range(50):
        table = [[f"name{at}" for at in range(3)]] + [
            rng.choices(values, k=3) for _ in range(rng.randint(1, 6))
        ]
        out = io.StringIO()
        csv.writer(out).writerows(table)
        found = rows(read(out.getvalue(), "a.csv"))
        wanted = ["\n".join(f"name{at}: {v}" for at, v in enumerate(row)) for row in table[1:]]
        assert found == wanted
