"""A file of rows in the forms in which benchmarks are published: JSON lines, a JSON list of objects (or an
object around one, such as BIG-Bench Hard's), CSV or TSV with a head; packed as .gz or .xz or not. It knows
no task.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.common.bounded import BadFileError, faults_named, opened
from pipelines.core.errors import NotFoundError, SpecError

ACCEPTED = "JSON lines, a JSON list of objects, or CSV with a head; as they are or packed as .gz or .xz"
MOST_BYTES, MOST_ROWS = 256_000_000, 500_000
_PACKED = (".gz", ".xz")
_AROUND = ("examples", "data", "rows", "items")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Row(NamedTuple):
    """``number`` is counted from 1, a CSV's head not among them. ``part`` is the subset that the place of
    the row tells, empty where the row tells it or nothing does."""

    number: int
    values: Mapping[str, Any]
    part: str = ""


def rows_of(path: Path) -> list[Row]:
    """Raises NotFoundError for no file, and SpecError or BadFileError that says what cannot be read."""
    if not path.is_file():
        raise NotFoundError(f"There is no file {path.name!r}.")
    text = _text(path)
    delimiter = _DELIMITERS.get(_suffix(path))
    rows = _of_table(text, delimiter) if delimiter else _of_json(text)
    return _counted(rows)


def _suffix(path: Path) -> str:
    """Of ``rows.csv.gz`` it is ``.csv``."""
    bare = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    return bare.suffix.lower()


def _text(path: Path) -> str:
    try:
        with faults_named(path, BadFileError), opened(path, MOST_BYTES, BadFileError) as source:
            return source.read().decode("utf-8-sig")
    except OSError as fault:
        raise BadFileError(f"{path.name} cannot be read: {fault.strerror or 'the disk refuses'}.") from None


def _of_json(text: str) -> Iterable[Any]:
    """A list, an object around one, or an object a line."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return _of_lines(text)
    if isinstance(whole, list):
        return whole
    around = [
        whole[name] for name in _AROUND if isinstance(whole, dict) and isinstance(whole.get(name), list)
    ]
    return around[0] if around else [whole]


def _of_lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(io.StringIO(text), 1):  # splitlines() would cut at U+2028 within a text
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            raise SpecError(f"file, line {number}", line.strip()[:60], ACCEPTED) from None


def _of_table(text: str, delimiter: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise SpecError(
                    f"file, line {reader.line_num}", "another number", "as many cells as the head"
                )
            yield row
    except csv.Error as fault:
        raise SpecError(f"file, line {reader.line_num}", str(fault), "CSV that can be read") from None


def _counted(values: Iterable[Any]) -> list[Row]:
    rows = []
    for number, value in enumerate(values, 1):
        if number > MOST_ROWS:
            raise SpecError("file", f"more than {MOST_ROWS:,}", f"at most {MOST_ROWS:,} rows")
        if not isinstance(value, Mapping) or not value:
            raise SpecError(f"file, row {number}", value, "an object with the task's fields")
        rows.append(Row(number, value))
    if not rows:
        raise SpecError("file", "nothing", ACCEPTED)
    return rows
