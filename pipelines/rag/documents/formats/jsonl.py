"""JSON Lines and JSON: an object becomes a row. Its field named text, content or body is the row's text, the
others stand above it as ``key: value``."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft

_TEXT_FIELDS = ("text", "content", "body")
_WORDS = {None: "", True: "true", False: "false"}


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    text = text_of(source, draft)
    for value in _whole(text) if name.lower().endswith(".json") else _by_line(text):
        draft.row(_told(value))


def _by_line(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _parsed(line, f"line {number:,}")


def _whole(text: str) -> Iterator[Any]:
    """The items of a list, or of the list that is all of an object, as ``{"data": […]}``; else one row."""
    value = _parsed(text, "it")
    if isinstance(value, dict) and len(value) == 1 and isinstance(only := next(iter(value.values())), list):
        value = only
    yield from value if isinstance(value, list) else [value]


def _parsed(text: str, what: str) -> Any:
    """Numbers stay as they are written."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno:,}, " if what == "it" else ""
        raise GlassworksError(
            f"{what} is not JSON ({place}character {error.colno:,}: {error.msg})."
        ) from None


def _told(value: Any) -> str:
    """
    >>> _told({"text": "High water.", "by": {"name": "Ann"}, "tags": ["sea", "moon"]})
    'by.name: Ann\\ntags: sea, moon\\n\\nHigh water.'
    """
    if not isinstance(value, dict):
        return _one(value)
    key = next((key for key in value if key.lower() in _TEXT_FIELDS and isinstance(value[key], str)), None)
    lines = [f"{path}: {told}" for path, told in _fields({k: v for k, v in value.items() if k != key}, "")]
    return "\n".join(lines) + ("\n\n" if lines else "") + (value[key] if key is not None else "")


def _fields(value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """(dotted path, value) of what is not empty."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _fields(inner, f"{path}{key}.")
        elif told := _one(inner).strip():
            yield f"{path}{key}", told


def _one(value: Any) -> str:
    if isinstance(value, list):
        plain = not any(isinstance(item, (list, dict)) for item in value)
        return ", ".join(map(_one, value)) if plain else json.dumps(value, ensure_ascii=False)
    return _WORDS.get(value, value) if isinstance(value, (bool, type(None))) else str(value)
