"""A small table as a visitor pastes it: CSV (comma, semicolon, TAB or | between cells), or JSON as a list of
objects or as one object of objects. All cells are text. Standard library only.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError

MOST_CHARACTERS, MOST_ROWS, MOST_COLUMNS = 500_000, 5_000, 50
_ACCEPTED = "a table as CSV, whose first line names the columns, or as JSON: a list of flat objects"
_DELIMITERS = ",;\t|"
_NAMES = "row"  # of the column that holds the keys of an object of objects


@dataclass(frozen=True)
class Table:
    """``rows`` have as many cells as there are columns; the cells of the first column name the rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if not self.columns or not all(self.columns) or len(set(self.columns)) < len(self.columns):
            raise _refused(self.columns, "each column is named, once")
        if len(self.columns) > MOST_COLUMNS or not 1 <= len(self.rows) <= MOST_ROWS:
            raise _refused(
                f"{len(self.rows):,} rows of {len(self.columns):,} columns",
                f"it has 1 to {MOST_ROWS:,} rows and at most {MOST_COLUMNS} columns",
            )
        for at, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise _refused(f"{len(row)} cells in row {at}", f"each row has {len(self.columns)} cells")


def read_table(text: str) -> Table:
    """Raises :class:`SpecError` for the field ``table``.

    >>> read_table("planet;moons\\nMars;2").rows
    (('Mars', '2'),)
    """
    if not isinstance(text, str) or not text.strip():
        raise SpecError("table", text, _ACCEPTED)
    if len(text) > MOST_CHARACTERS:
        raise _refused(f"{len(text):,} characters", f"it has at most {MOST_CHARACTERS:,} characters")
    bare = text.lstrip("\ufeff \t\r\n")
    return _from_json(bare) if bare[0] in "[{" else _from_csv(bare)


def _from_csv(text: str) -> Table:
    head = text.partition("\n")[0]
    outside = "".join(head.split('"')[::2])  # what stands in quotes separates nothing
    delimiter = max(_DELIMITERS, key=outside.count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise _refused(str(fault), "every quote is closed, and no cell is very long") from None
    cells = [tuple(cell.strip() for cell in record) for record in records if any(map(str.strip, record))]
    return Table(cells[0], tuple(cells[1:]))


def _from_json(text: str) -> Table:
    try:
        value = json.loads(text)
    except ValueError as fault:
        raise _refused(str(fault), "it can be read") from None
    except RecursionError:
        raise _refused(text, "it is not nested") from None
    if isinstance(value, dict):
        if not all(isinstance(row, dict) for row in value.values()):
            raise SpecError("table", value, _ACCEPTED)
        if any(_NAMES in row for row in value.values()):
            raise _refused(_NAMES, f"an object of objects has no column {_NAMES!r}: that holds their names")
        value = [{_NAMES: key, **row} for key, row in value.items()]
    if not value or not all(isinstance(row, dict) and row for row in value):
        raise SpecError("table", value, _ACCEPTED)
    columns = tuple(dict.fromkeys(key for row in value for key in row))
    if len(columns) > MOST_COLUMNS or len(value) > MOST_ROWS:  # before so many cells are made
        raise _refused(
            f"{len(value):,} rows of {len(columns):,} columns",
            f"it has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns",
        )
    return Table(tuple(map(str.strip, columns)), tuple(_cells(row, columns) for row in value))


def _cells(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(_cell(row.get(column)) for column in columns)


def _cell(value: object) -> str:
    if isinstance(value, (dict, list)):
        raise _refused(value, "a cell is a text, a number, true, false or null")
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)


def _refused(value: object, condition: str) -> SpecError:
    value = list(value) if isinstance(value, Iterable) and not isinstance(value, (str, dict)) else value
    return SpecError("table", value, f"{_ACCEPTED}; {condition}")
