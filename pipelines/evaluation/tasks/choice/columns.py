"""The fields of a published row, each as the kind that the task needs, or SpecError that names it. Standard
library only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import SpecError

Fields = Mapping[str, Any]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def text(row: Fields, name: str) -> str:
    """A text that is not blank."""
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SpecError(name, value, "a text")
    return value


def texts(row: Fields, name: str, least: int = 2) -> tuple[str, ...]:
    """At least so many texts. Single ones may be blank: published sets have such options."""
    value = row.get(name)
    if (
        isinstance(value, (list, tuple))
        and len(value) >= least
        and all(isinstance(one, str) for one in value)
    ):
        return tuple(value)
    raise SpecError(name, value, f"a list of {least} or more texts")


def place(row: Fields, name: str, count: int, first: int = 0) -> int:
    """Which of ``count`` options a row names, from 0: a number counted from ``first``, as number or text, or
    a letter.

    >>> place({"label": "3"}, "label", 4), place({"answer": "2"}, "answer", 2, first=1)
    (3, 1)
    >>> place({"answer": "C"}, "answer", 4)
    2
    """
    value = row.get(name)
    found = _place(value, first)
    if not 0 <= found < count:
        letters = f", or {LETTERS[0]} to {LETTERS[count - 1]}" if count <= len(LETTERS) else ""
        raise SpecError(name, value, f"a whole number from {first} to {first + count - 1}{letters}")
    return found


def _place(value: Any, first: int) -> int:
    """Less than any place where it names none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value - first
    bare = value.strip() if isinstance(value, str) else ""
    if bare.isdecimal():
        return int(bare) - first
    return LETTERS.find(bare) if len(bare) == 1 else -1


def labelled(choices: Any, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(texts, labels) of options told as ``{"text": […], "label": […]}``, as the Hub has them, or as
    ``[{"text": …, "label": …}, …]``, as their authors."""
    if isinstance(choices, (list, tuple)) and all(isinstance(one, Mapping) for one in choices):
        columns = {key: [one.get(key) for one in choices] for key in ("text", "label")}
    else:
        columns = choices if isinstance(choices, Mapping) else {}
    try:
        found = texts(columns, "text"), texts(columns, "label")
    except SpecError:
        raise SpecError(name, choices, 'options as {"text": […], "label": […]}') from None
    if len(found[0]) != len(found[1]):
        raise SpecError(name, choices, "as many labels as texts")
    return found


def among(row: Fields, name: str, labels: Sequence[str]) -> int:
    """The place of the label that a row names as right."""
    value = row.get(name)
    if value not in labels:
        raise SpecError(name, value, f"one of {', '.join(labels)}")
    return list(labels).index(value)
