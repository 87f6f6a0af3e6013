"""A text as rows, no meaning yet: CSV with a head, a JSON list of objects (or an object around one such
list), or an object a line. Standard library only.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole
from pipelines.prompting.tasks.own.limits import OWN, Limits

ACCEPTED = (
    'CSV whose first line names the columns, JSON lines, or a JSON list of objects such as {"question": "…", '
    '"answer": "…"}'
)
_DELIMITERS = ",;\t|"
_FAULTS = (ValueError, RecursionError)


class Row(NamedTuple):
    """``where`` is how a person finds it: ``row 3``, ``line 7``."""

    where: str
    values: Mapping[str, Any]


def rows_of(source: str | bytes | Iterable[Any], limits: Limits = OWN) -> list[Row]:
    """Raises :class:`SpecError` that names the row, or says what is accepted."""
    if isinstance(source, (str, bytes, bytearray)):
        text = _text(source, limits)
        return _bounded(_of_text(text), limits)
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise SpecError("items", source, ACCEPTED)
    return _bounded(_of_list(source), limits)


def _text(source: str | bytes | bytearray, limits: Limits) -> str:
    size = len(source) if not isinstance(source, str) else len(source.encode("utf-8", "replace"))
    if size > limits.bytes:
        raise SpecError("items", f"{size:,} bytes", f"at most {limits.bytes / 1e6:g} MB of text")
    if not isinstance(source, str):
        try:
            source = bytes(source).decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            found = f"byte 0x{fault.object[fault.start]:02x} at place {fault.start + 1}"
            raise SpecError("items", found, "text in UTF-8") from None
    text = source.removeprefix("\ufeff")
    if "\0" in text:
        raise SpecError("items", "a zero byte", f"{ACCEPTED}, as text")
    if not text.strip():
        raise SpecError("items", "nothing", ACCEPTED)
    return text


def _of_text(text: str) -> Iterator[Row]:
    first = text.lstrip()[0]
    if first == "[":
        return _of_list(_whole(text))
    if first == "{":
        return _of_object(text)
    return _of_csv(text)


def _of_object(text: str) -> Iterator[Row]:
    """JSON lines, or one object that holds the list."""
    try:
        value = json.loads(text)
    except _FAULTS:
        return _of_lines(text)
    lists = [found for found in value.values() if isinstance(found, list) and found and _all_objects(found)]
    return _of_list(lists[0]) if len(lists) == 1 else _of_list([value])


def _all_objects(values: list) -> bool:
    return all(isinstance(value, dict) for value in values)


def _whole(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        raise SpecError(f"items, line {fault.lineno}", fault.doc[fault.pos :][:40], _json(fault)) from None
    except _FAULTS:
        raise SpecError("items", text[:40], "JSON that can be read") from None


def _json(fault: json.JSONDecodeError) -> str:
    return f"JSON ({fault.msg[:1].lower()}{fault.msg[1:]} at place {fault.colno})"


def _of_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(io.StringIO(text), 1):  # splitlines() would cut at U+2028 within a text
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as fault:
            raise SpecError(
                f"items, line {number}", line.strip()[:60], f"{_json(fault)}, an object a line"
            ) from None
        except _FAULTS:
            raise SpecError(f"items, line {number}", line[:60], "JSON that can be read") from None
        yield _row(f"line {number}", value)


def _of_list(values: Iterable[Any]) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        yield _row(f"row {number}", value)


def _row(where: str, value: Any) -> Row:
    if not isinstance(value, Mapping) or not value:
        raise SpecError(f"items, {where}", value, 'an object such as {"question": "…", "answer": "…"}')
    return Row(where, {str(name): kept for name, kept in value.items()})


def _of_csv(text: str) -> Iterator[Row]:
    head = next(line for line in io.StringIO(text) if line.strip())
    bare = "".join(head.split('"')[::2])  # what stands in quotes separates nothing
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=bare.count), strict=True)
    records = (record for record in _records(reader) if any(cell.strip() for cell in record))
    names = [cell.strip() for cell in next(records, [])]
    if names and not names[0] and len(names) > 1:
        names[0] = "index"  # the nameless column that pandas writes
    if not names or not all(names) or len(set(names)) < len(names):
        raise SpecError("items, first line", ", ".join(names), f"each column's name once: {ACCEPTED}")
    for number, record in enumerate(records, 1):
        if len(record) != len(names):
            wanted = (
                f"{len(names)} cells, as the first line has; a cell that holds the separator needs quotes"
            )
            raise SpecError(f"items, row {number}", f"{len(record)} cells", wanted)
        yield Row(f"row {number}", dict(zip(names, record, strict=True)))


def _records(reader: Any) -> Iterator[list[str]]:
    while True:
        try:
            record = next(reader, None)
        except csv.Error as fault:
            said = "a quote is never closed" if "unexpected end" in str(fault) else str(fault)
            raise SpecError(f"items, line {reader.line_num}", said, "CSV that can be read") from None
        if record is None:
            return
        yield record


def _bounded(rows: Iterator[Row], limits: Limits) -> list[Row]:
    kept = []
    for row in rows:
        if len(kept) == limits.items:
            raise SpecError("items", f"more than {limits.items:,}", f"at most {limits.items:,} items")
        _check_columns(row, limits)
        kept.append(row)
    if not kept:
        raise SpecError("items", "nothing", ACCEPTED)
    return kept


def _check_columns(row: Row, limits: Limits) -> None:
    where = f"items, {row.where}"
    if len(row.values) > limits.columns:
        raise SpecError(where, f"{len(row.values)} columns", f"at most {limits.columns} columns")
    for name in row.values:
        if len(name) > limits.name or not is_whole(name):
            shown = name if is_whole(name) else "half of a character"
            raise SpecError(where, shown, f"column names of at most {limits.name} characters")
