"""Pairs and votes whole, in one column beside the plain ones: what makes a file of any format come back as it
was. Standard library only.

The column holds JSON in a text, since readers of tables make columns of objects' keys, and lose what differs.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, asdict, fields
from math import isfinite
from typing import Any, get_type_hints

from pipelines.core.texts import is_whole
from pipelines.preferences.formats.base import RowFault, kind_of
from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote
from pipelines.preferences.specs import MAX_TEXT

COLUMN = "glassworks"
Entry = dict[str, Any]


def entry(pair: Pair, votes: Sequence[Vote]) -> Entry:
    return {"pair": asdict(pair), "votes": [asdict(vote) for vote in votes]}


def packed(entries: Iterable[Entry]) -> str:
    """As JSON; where a text holds half a character, in escapes, which are read as what it was."""
    told = list(entries)
    made = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return made if is_whole(made) else json.dumps(told, separators=(",", ":"))


def unpacked(column: Any) -> Iterator[tuple[Pair, list[Vote]]]:
    """Raises :class:`RowFault` for what :func:`packed` did not write."""
    try:
        entries = json.loads(column) if isinstance(column, str) else column
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise RowFault(f"the column {COLUMN} as it was written, or none")
    for one in entries:
        pair, votes = _record(Pair, one.get("pair")), one.get("votes", [])
        if not isinstance(votes, list):
            raise RowFault(f"votes in {COLUMN} as a list")
        told = [_record(Vote, vote) for vote in votes]
        if any(vote.pair != pair.id for vote in told):
            raise RowFault(f"votes in {COLUMN} that are about their own pair")
        yield pair, told


def _record(cls: type, values: Any) -> Any:
    """A dataclass out of an object, every field checked; unknown ones are left out."""
    if not isinstance(values, dict):
        raise RowFault(f"{cls.__name__.lower()} in {COLUMN} as an object, not {kind_of(values)}")
    hints, made = get_type_hints(cls), {}
    for field in fields(cls):
        if field.name in values:
            made[field.name] = _value(hints[field.name], values[field.name], field.name)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise RowFault(f"{field.name} in {COLUMN}, which is missing")
    return cls(**made)


def _value(hint: Any, value: Any, name: str) -> Any:
    """``value`` as what the record's field holds. Raises :class:`RowFault`."""
    if hint == tuple[Message, ...] and isinstance(value, list):
        return tuple(_record(Message, one) for one in value)
    if hint == tuple[str, ...] and isinstance(value, list):
        return tuple(_value(str, one, name) for one in value)
    if hint in (Choice, Kind) and value in [one.value for one in hint]:
        return hint(value)
    if hint is str and isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    if hint is float and _is_number(value):
        return float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if (hint is bool and isinstance(value, bool)) or (hint == dict[str, Any] and isinstance(value, dict)):
        return value
    raise RowFault(f"{name} in {COLUMN} as it was written, not {kind_of(value)} like this one")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
