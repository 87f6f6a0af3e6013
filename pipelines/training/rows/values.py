"""Values of tables as JSON has them. Standard library only."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pipelines.training.rows.table import BadRowsError, listed

_WRITTEN = (date, time, timedelta, Decimal, UUID)
_CLIPPED_ITEMS = 60


def plain(value: Any, column: str) -> Any:
    """The value as JSON has it: dates and decimals as text. Raises :class:`BadRowsError` for bytes and
    pictures, naming the column."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item, column) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, column) for item in value]
    if isinstance(value, _WRITTEN):
        return str(value)
    kind = "bytes" if isinstance(value, (bytes, bytearray, memoryview)) else type(value).__name__
    raise BadRowsError(
        f"The column {listed([column])} holds {kind}; texts, numbers, lists and objects are accepted. Leave "
        "that column away."
    )


def named_by(names: list[str]) -> Callable[[Any], Any]:
    """A function from a class's number to its name, also in lists. -1 is the Hub's way to say: none.

    >>> named_by(["negative", "positive"])([1, 0])
    ['positive', 'negative']
    """

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(item) for item in value]
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return names[value] if 0 <= value < len(names) else None if value == -1 else value

    return named


def clipped_value(value: Any, characters: int) -> Any:
    """The value with long texts and lists cut, and fit to be written as UTF-8, for a first look."""
    if isinstance(value, str):
        text = value if len(value) <= characters else value[:characters] + "…"
        return text.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [clipped_value(item, characters) for item in value[:_CLIPPED_ITEMS]]
    if isinstance(value, dict):
        return {
            clipped_value(key, characters): clipped_value(item, characters) for key, item in value.items()
        }
    return value
