"""JSON: an object a line, a list of objects, or an object around one such list (as SQuAD's ``data``)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.training.rows.readers.lines import numbered_lines, whole_text
from pipelines.training.rows.table import BadRowsError, Limits, Row, Table, listed, tabled

_FAULTS = (ValueError, RecursionError)


def read_lines(file: Path, limits: Limits) -> Table:
    """JSON lines; a file that begins a list after all is read as JSON. Raises :class:`BadRowsError`."""
    first = next((line for _, line in numbered_lines(file, limits) if line.strip()), "")
    if first.lstrip().startswith("["):
        return read_whole(file, limits)
    return tabled(_rows_of_lines(file, limits), file.name, limits, "Line")


def read_whole(file: Path, limits: Limits) -> Table:
    """One JSON value; a file of JSON lines under this name is read as that. Raises :class:`BadRowsError`."""
    text = whole_text(file, limits)
    if not text.strip():
        raise BadRowsError(f"{file.name} has 0 rows; give a JSON list of objects.")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data" and text.lstrip().startswith("{"):
            return tabled(_rows_of_lines(file, limits), file.name, limits, "Line")
        raise BadRowsError(
            f"Line {fault.lineno} of {file.name} is not JSON: {_said(fault)} at place {fault.colno}."
        ) from None
    except _FAULTS:
        raise BadRowsError(f"{file.name} is not JSON that can be read: it nests too deep.") from None
    items = _list_in(value, file.name)
    return tabled(_rows_of_list(items, file.name), file.name, limits, "Item")


def _rows_of_lines(file: Path, limits: Limits) -> Iterator[tuple[int, Row]]:
    for number, line in numbered_lines(file, limits):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as fault:
            raise BadRowsError(
                f"Line {number} of {file.name} is not JSON: {_said(fault)} at place {fault.colno}; each line "
                "must be one object."
            ) from None
        except _FAULTS:
            raise BadRowsError(f"Line {number} of {file.name} is not JSON that can be read.") from None
        yield number, _object(row, f"Line {number} of {file.name}")


def _rows_of_list(items: list, name: str) -> Iterator[tuple[int, Row]]:
    for number, item in enumerate(items, 1):
        yield number, _object(item, f"Item {number} of {name}")


def _object(value: Any, where: str) -> Row:
    if isinstance(value, dict) and value:
        return value
    kind = "an empty object" if value == {} else _KINDS.get(type(value), "null")
    raise BadRowsError(
        f'{where} is {kind}; each must be an object such as {{"prompt": "…", "completion": "…"}}.'
    )


def _list_in(value: Any, name: str) -> list:
    if isinstance(value, list):
        return value
    lists = {key: v for key, v in value.items() if isinstance(v, list)} if isinstance(value, dict) else {}
    if len(lists) == 1:
        return next(iter(lists.values()))
    has = f"an object with {len(lists)} lists ({listed(lists)})" if lists else "no list"
    raise BadRowsError(f"{name} holds {has}; accepted is a list of objects, or an object with one such list.")


_KINDS = {str: "a string", int: "a number", float: "a number", bool: "true or false", list: "a list"}


def _said(fault: json.JSONDecodeError) -> str:
    return fault.msg[:1].lower() + fault.msg[1:]
