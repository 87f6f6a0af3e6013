"""What a format is: the roles that its columns play, how a column is guessed for each, and how a row of them
becomes examples. Standard library only.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.core.texts import is_whole
from pipelines.training.rows.examples import Example

Values = dict[str, Any]
Columns = dict[str, list]  # the values that some rows have in each column, None left out
_LABEL_CHARS = 60


class RowFault(Exception):
    """A row that is no example of its format; the words say why and what is accepted, without its number."""


@dataclass(frozen=True)
class Role:
    """A part that a column plays. ``names`` are the usual names of such a column, the best first; ``fits``
    says of one value whether it could stand there; ``help`` tells a person what belongs there.

    ``by_content`` picks a column of any name out of those that fit, or none of them; a ``weak`` pick is one
    that other formats, whose columns have their usual names, go before.
    """

    name: str
    names: tuple[str, ...]
    fits: Callable[[Any], bool]
    help: str
    required: bool = True
    by_content: Callable[[Columns], str | None] | None = None
    weak: bool = False


@dataclass(frozen=True)
class Format:
    """``build(row number, values by role)`` gives the row's examples, of the class ``makes``, or raises
    :class:`RowFault`; of a row that holds several it gives the fault in place of the one that has it.
    ``task`` is what such rows are usually for."""

    name: str
    title: str
    task: str
    makes: type
    roles: tuple[Role, ...]
    build: Callable[[int, Values], Iterable[Example | RowFault]]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(role.name for role in self.roles if role.required)


def only(columns: Columns) -> str | None:
    """The column that fits, when no other does."""
    return next(iter(columns)) if len(columns) == 1 else None


def longest(columns: Columns) -> str | None:
    """The column with the longest texts."""
    return max(columns, key=lambda c: sum(map(len, columns[c])) / len(columns[c]), default=None)


def fewest(columns: Columns) -> str | None:
    """The column whose values come again most, as labels do: two different ones at least, each twice."""
    kinds = {column: len(set(map(str, values))) for column, values in columns.items()}
    usual = {c: n for c, n in kinds.items() if 2 <= n <= len(columns[c]) // 2}
    return min(usual, key=usual.get, default=None)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_words(value: Any) -> bool:
    """A text or a number: what :func:`text_of` takes."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def is_label(value: Any) -> bool:
    """A number, or a short text on one line."""
    return isinstance(value, (str, int, float)) and 0 < len(str(value).strip()) <= _LABEL_CHARS


def is_list_of(*keys: str) -> Callable[[Any], bool]:
    """A test for a list of objects that have these keys, also as JSON in a text."""

    def fits(value: Any) -> bool:
        items = unpacked(value)
        return bool(items) and isinstance(items, list) and all(_has(item, keys) for item in items)

    return fits


def is_list_of_texts(value: Any) -> bool:
    items = unpacked(value)
    return isinstance(items, list) and bool(items) and all(isinstance(item, str) for item in items)


def unpacked(value: Any) -> Any:
    """A list or an object, also when it came as JSON in a text, as CSV must have it."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def text_of(values: Values, role: str, empty: bool = True) -> str:
    """The text of a role; a number is written out. Raises :class:`RowFault` when it is missing or none."""
    value = values.get(role)
    if value is None:
        raise RowFault(f"{role} is missing")
    if not is_words(value):
        raise RowFault(f"{role} is {kind_of(value)}; a text is accepted")
    text = written(value)
    if not empty and not text.strip():
        raise RowFault(f"{role} is empty")
    return sound(text, role)


def sound(text: str, role: str) -> str:
    """The text, when it can be written as UTF-8; half a surrogate pair can not."""
    if not is_whole(text):
        raise RowFault(f"{role} holds half of a character (a broken emoji); take it out")
    return text


def list_of(values: Values, role: str) -> list:
    """The list of a role. Raises :class:`RowFault` when it is missing, empty or no list."""
    items = unpacked(values.get(role))
    if items is None:
        raise RowFault(f"{role} is missing")
    if not isinstance(items, list):
        raise RowFault(f"{role} is {kind_of(items)}; a list is accepted")
    if not items:
        raise RowFault(f"{role} is an empty list")
    return items


def written(value: Any) -> str:
    """A scalar as a person writes it: 1.0, which a table may have made of 1, as 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def kind_of(value: Any) -> str:
    """What a value is, for a message."""
    kinds = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def clipped(text: str, characters: int = 40) -> str:
    """A text as it is quoted in a message."""
    return repr(text if len(text) <= characters else text[: characters - 1] + "…")


def _has(item: Any, keys: tuple[str, ...]) -> bool:
    return isinstance(item, dict) and all(key in item for key in keys)
