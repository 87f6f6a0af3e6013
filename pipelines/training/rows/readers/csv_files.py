"""CSV and TSV: the first record names the columns, every other has as many cells. All cells are text."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pipelines.training.rows.readers.lines import numbered_lines
from pipelines.training.rows.table import BadRowsError, Limits, Row, Table, listed, tabled

_DELIMITERS = ",;\t|"


def read_csv(file: Path, limits: Limits) -> Table:
    """Comma, semicolon, TAB or | between cells, whichever the first line has most of. Raises
    :class:`BadRowsError`."""
    return _read(file, limits, _delimiter(file, limits))


def read_tsv(file: Path, limits: Limits) -> Table:
    return _read(file, limits, "\t")


def _delimiter(file: Path, limits: Limits) -> str:
    head = next((line for _, line in numbered_lines(file, limits) if line.strip()), "")
    bare = "".join(head.split('"')[::2])  # what stands in quotes separates nothing
    return max(_DELIMITERS, key=bare.count)


def _read(file: Path, limits: Limits, delimiter: str) -> Table:
    if csv.field_size_limit() < limits.field:
        csv.field_size_limit(limits.field)
    lines = _Lines(file, limits)
    records = _records(csv.reader(lines, delimiter=delimiter, strict=True), lines, file.name)
    head = next((record for _, record in records if any(cell.strip() for cell in record)), None)
    if head is None:
        raise BadRowsError(f"{file.name} has 0 rows; its first line must name the columns.")
    named = _named(head, file.name)
    return tabled(enumerate(_rows(records, named, file.name), 1), file.name, limits)


class _Lines:
    """An iterator of lines that knows how many it has given."""

    def __init__(self, file: Path, limits: Limits):
        self._lines, self.number = numbered_lines(file, limits), 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        return line


def _records(reader: Iterator[list[str]], lines: _Lines, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line in which it begins."""
    return iter(partial(_next, reader, lines, name), None)


def _next(reader: Iterator[list[str]], lines: _Lines, name: str) -> tuple[int, list[str]] | None:
    begins = lines.number + 1
    try:
        record = next(reader, None)
    except csv.Error as fault:
        said = "a quote is opened and never closed" if "unexpected end" in str(fault) else str(fault)
        raise BadRowsError(f"The record from line {begins} of {name} cannot be read: {said}.") from None
    return None if record is None else (begins, record)


def _named(head: list[str], name: str) -> list[str]:
    """The column names; a nameless first one is the index that pandas writes."""
    names = [cell.strip() for cell in head]
    if names and not names[0] and len(names) > 1:
        names[0] = "index"
    if not all(names) or len(set(names)) < len(names):
        raise BadRowsError(
            f"The first line of {name} must name each column once; it has {listed(cell for cell in head)}."
        )
    return names


def _rows(records: Iterator[tuple[int, list[str]]], names: list[str], name: str) -> Iterator[Row]:
    number = 0
    for line, record in records:
        if not record:  # an empty line
            continue
        number += 1
        if len(record) != len(names):
            many = "too many" if len(record) > len(names) else "too few"
            raise BadRowsError(
                f"Row {number} of {name} (line {line}) has {many} cells: {len(record)} where the first line "
                f"names {len(names)} columns ({listed(names)}). A cell that holds the separator needs quotes."
            )
        yield dict(zip(names, record, strict=True))
