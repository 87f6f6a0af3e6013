"""CSV and TSV: a row becomes a paragraph of ``column: value`` lines, so that it says all by itself."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft

_SAMPLE = 16_384
_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 1000


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    text = text_of(source, draft)
    if csv.field_size_limit() < len(
        text
    ):  # the process has one limit, for every reader in it: never lower it
        csv.field_size_limit(len(text))
    rows = csv.reader(io.StringIO(text, newline=""), _dialect(text[:_SAMPLE], name))
    try:
        _write(rows, draft)
    except csv.Error as error:
        raise GlassworksError(f"line {rows.line_num:,} is no row of a table: {error}.") from None


def _dialect(sample: str, name: str) -> type[csv.Dialect]:
    """As it looks; where that cannot be told, tabs for .tsv, else commas."""
    try:
        return csv.Sniffer().sniff(sample, delimiters=_DELIMITERS)
    except csv.Error:
        return csv.excel_tab if name.lower().endswith(".tsv") else csv.excel


def _write(rows: Iterator[list[str]], draft: Draft) -> None:
    first = next((row for row in rows if any(map(str.strip, row))), [])
    if len(first) > _MOST_COLUMNS:
        raise GlassworksError(f"it has {len(first):,} columns; accepted are at most {_MOST_COLUMNS:,}.")
    headed = _is_header(first)
    columns = [
        cell.strip() if headed and cell.strip() else f"column {at}" for at, cell in enumerate(first, 1)
    ]
    ragged = 0
    for row in rows if headed else _with(first, rows):
        if any(map(str.strip, row)):
            ragged += len(row) != len(columns)
            draft.row("\n".join(_lines(columns, row)))
    if headed and not draft.length:
        draft.add(", ".join(columns))
    if ragged:
        draft.note(
            f"{ragged:,} row{'s have' if ragged > 1 else ' has'} more or fewer values than the first row."
        )


def _with(first: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rows


def _is_header(first: Sequence[str]) -> bool:
    """Names of columns differ, and none is a number."""
    names = [cell.strip() for cell in first if cell.strip()]
    return len(set(names)) == len(names) and not any(map(_is_number, names))


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".").rstrip("%"))
    except ValueError:
        return False
    return True


def _lines(columns: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    """Empty values say nothing; those beyond the columns have their number."""
    for at, value in enumerate(row):
        if value.strip():
            yield f"{columns[at] if at < len(columns) else f'column {at + 1}'}: {value.strip()}"
