"""Look-up in the visitor's table: a cell by the names of its row and column, or the rows with a value.

A name is taken as it stands, else whatever its case and spaces; where there is none, the nearest are told and
nothing is guessed. Standard library only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pipelines.prompting.tools.base import MOST, RefusedError, bounded, one_line
from pipelines.prompting.tools.table import Table

_FORM = "lookup[row; column] or lookup[column = value]"
_QUESTION = 500
_ROWS, _NEAREST, _NAMES = 5, 3, 8
_COMPARED = 40  # characters of a name, for what is near: the work grows with their square
_NAMED = 300  # characters of the columns' names in what the tool does


@dataclass(frozen=True)
class Lookup:
    table: Table
    name: str = "lookup"
    does: str = field(init=False)

    def __post_init__(self) -> None:
        columns = one_line(", ".join(self.table.columns), _NAMED)
        does = f"reads a table with the columns {columns}; write row; column or column = value"
        object.__setattr__(self, "does", does)

    def __call__(self, given: str) -> str:
        try:
            return bounded(self._found(given.strip()), MOST)
        except RefusedError as error:
            return bounded(str(error))

    def _found(self, given: str) -> str:
        if not given:
            raise RefusedError(f"lookup needs a row and a column. Write {_FORM}")
        if len(given) > _QUESTION:
            raise RefusedError(f"lookup accepts at most {_QUESTION} characters; these are {len(given):,}.")
        column, equals, value = given.partition("=")
        if equals and (self._column(column) is not None or ";" not in given):
            return self._where(column, value)
        row, _, column = given.partition(";") if ";" in given else self._at_comma(given)
        return self._cell(row, column)

    def _at_comma(self, given: str) -> tuple[str, str, str]:
        """``Mars, moons`` is understood where the last part is a column."""
        row, comma, column = given.rpartition(",")
        return (row, comma, column) if comma and self._column(column) is not None else (given, "", "")

    def _cell(self, row: str, column: str) -> str:
        """The cell of each row so named; without a column, the whole rows."""
        names = [cells[0] for cells in self.table.rows]
        if not _plain(column) and _match(row, names) is None and self._column(row) is not None:
            raise RefusedError(f"{one_line(row)} is a column. Name the row too: {_FORM}")
        name = _named("row", row, names)
        rows = [cells for cells in self.table.rows if cells[0] == name]
        if not _plain(column):
            return _listed(rows, self.table.columns)
        at = self.table.columns.index(_named("column", column, self.table.columns))
        return _several([one_line(cells[at], MOST) or "(the cell is empty)" for cells in rows])

    def _where(self, column: str, value: str) -> str:
        name = _named("column", column, self.table.columns)
        at = self.table.columns.index(name)
        found = _named(f"row with {one_line(name)} =", value, [cells[at] for cells in self.table.rows])
        return _listed([cells for cells in self.table.rows if cells[at] == found], self.table.columns)

    def _column(self, name: str) -> str | None:
        return _match(name, self.table.columns)


def _named(kind: str, name: str, names: Sequence[str]) -> str:
    found = _match(name, names)
    if found is None:
        raise RefusedError(_none(kind, name, names))
    return found


def _match(name: str, names: Sequence[str]) -> str | None:
    bare = _unquoted(name)
    if bare in names:
        return bare
    return next((one for one in names if _plain(one) == _plain(bare)), None)


def _none(kind: str, name: str, names: Sequence[str]) -> str:
    shorter = {_plain(one)[:_COMPARED]: one for one in names if one}
    close = get_close_matches(_plain(name)[:_COMPARED], shorter, _NEAREST, 0.5)
    unique = list(dict.fromkeys(one for one in names if one))
    shown = [shorter[one] for one in close] or unique[:_NAMES]
    what = (
        "The nearest" if close else "There are" if len(unique) <= _NAMES else f"The first of {len(unique):,}"
    )
    listed = "; ".join(f'"{one_line(one)}"' for one in shown)
    return f'There is no {kind} "{one_line(_unquoted(name))}". {what}: {listed}. Write {_FORM}'


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1].strip() if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name


def _plain(name: str) -> str:
    return " ".join(_unquoted(name).casefold().split())


def _listed(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    return _several(
        [
            "; ".join(f"{name}: {one_line(cell, MOST)}" for name, cell in zip(columns, cells, strict=True))
            for cells in rows
        ]
    )


def _several(lines: Sequence[str]) -> str:
    more = [f"… and {len(lines) - _ROWS:,} more"] if len(lines) > _ROWS else []
    return "\n".join([*lines[:_ROWS], *more])
