"""Rows as they lie in a file: columns and values, no meaning yet. Standard library only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.common.bounded import BadFileError
from pipelines.core.texts import is_whole

Row = dict[str, Any]
_COLUMNS, _NAME_CHARS = 500, 200
_SHOWN = 6


class BadRowsError(BadFileError):
    """The file cannot be read as rows; the message names the line or the row, and what is accepted."""


@dataclass(frozen=True)
class Limits:
    """What is accepted: so many rows, bytes after unpacking, and characters in one text of a row."""

    rows: int = 1_000_000
    bytes: int = 400_000_000
    field: int = 1_000_000


@dataclass(frozen=True)
class Table:
    """``rows[i]`` has its own columns only (``columns`` are those of all rows, as they came) and is called
    ``numbers[i]`` by a person, from 1 on; see :mod:`pipelines.training.rows.examples`."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: tuple[int, ...]


def tabled(rows: Iterable[tuple[int, Row]], name: str, limits: Limits, noun: str = "Row") -> Table:
    """A table of numbered rows. Raises :class:`BadRowsError` past a limit, for no row at all, and when some
    rows have no column in common with the others. ``noun`` is what a row of this kind of file is called."""
    columns: dict[str, None] = {}
    kept, numbers = [], []
    for number, row in rows:
        if len(kept) == limits.rows:
            raise BadRowsError(f"{name} has more than the {limits.rows:,} rows accepted here.")
        _check_lengths(row, f"{noun} {number} of {name}", limits)
        columns.update(dict.fromkeys(row))
        if len(columns) > _COLUMNS:
            raise BadRowsError(
                f"{noun} {number} of {name}: the rows have more than {_COLUMNS} different columns."
            )
        kept.append(row)
        numbers.append(number)
    if not kept:
        raise BadRowsError(f"{name} has 0 rows; give a file with two rows or more.")
    if long := [column for column in columns if len(column) > _NAME_CHARS]:
        raise BadRowsError(f"{name}: column names may have {_NAME_CHARS} characters; got {listed(long)}.")
    if broken := [column for column in columns if not is_whole(column)]:
        raise BadRowsError(f"The column {listed(broken)} of {name} has half of a character in its name.")
    made = Table(tuple(columns), tuple(kept), tuple(numbers))
    _check_related(made, name)
    return made


def numbers_in_words(numbers: Iterable[int]) -> str:
    """Row numbers as a person writes them, the first few runs of them.

    >>> numbers_in_words([1, 2, 3, 7, 9])
    '1–3, 7, 9'
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:_SHOWN]]
    more = sum(last - first + 1 for first, last in runs[_SHOWN:])
    return ", ".join(words) + (f" and {more:,} more" if more else "")


def listed(columns: Iterable[str]) -> str:
    """The names of some columns, for a message."""
    names = [name if len(name) <= 40 else name[:39] + "…" for name in columns]
    return ", ".join(map(repr, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _check_lengths(row: Row, where: str, limits: Limits) -> None:
    for column, value in row.items():
        if any(len(text) > limits.field for text in _texts(value)):
            raise BadRowsError(
                f"{where}: {listed([column])} holds a text of more than the {limits.field:,} characters "
                "accepted here."
            )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _check_related(table: Table, name: str) -> None:
    """Rows may leave columns away; rows that share none with the first are of another data set."""
    groups: dict[frozenset[str], list[int]] = {}
    for row, number in zip(table.rows, table.numbers, strict=True):
        groups.setdefault(frozenset(row), []).append(number)
    related = set(next(iter(groups)))
    left = list(groups)
    while near := [columns for columns in left if columns & related]:
        related.update(*near)
        left = [columns for columns in left if not columns & related]
    if left:
        first = [n for columns in groups if columns not in left for n in groups[columns]]
        other = [n for columns in left for n in groups[columns]]
        raise BadRowsError(
            f"{name} mixes two formats: rows {numbers_in_words(first)} have the columns "
            f"{listed(c for c in table.columns if c in related)}, rows {numbers_in_words(other)} have "
            f"{listed(c for c in table.columns if c not in related)}. Give all rows the same columns."
        )
