"""What tells several specs of one kind from each other, in a few words. Standard library only."""

import dataclasses
from collections.abc import Sequence
from typing import Any

_LONGEST, _LONGEST_TEXT = 60, 24


def told_apart(specs: Sequence[Any], noun: str) -> list[str]:
    """For each dataclass the fields in which they differ, with its values; its number where that is too long
    or does not tell it from another. Fewer than two need no words.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Drawing:
    ...     temperature: float = 0.0
    ...     stop: tuple = ()
    >>> told_apart([Drawing(), Drawing(0.75, ("Q:",))], "decoding")
    ['temperature 0, no stop', "temperature 0.75, stop 'Q:'"]
    """
    if len(specs) < 2:
        return [""] * len(specs)
    values = [dataclasses.asdict(spec) for spec in specs]
    differing = [name for name in values[0] if len({repr(one[name]) for one in values}) > 1]
    said = [", ".join(_said(name.replace("_", " "), one[name]) for name in differing) for one in values]
    return [
        f"{noun} {number}" if len(words) > _LONGEST or said.count(words) > 1 else words
        for number, words in enumerate(said, 1)
    ]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool) or value in ("", (), [], None):
        return name if value is True else f"no {name}"
    if isinstance(value, float):
        return f"{name} {value:g}"
    if isinstance(value, (tuple, list)):
        return f"{name} {', '.join(map(_short, value))}"
    return f"{name} {value if isinstance(value, int) else _short(value)}"


def _short(value: Any) -> str:
    """A word as it is, a longer text by its beginning."""
    text = " ".join(str(value).split())
    if text.isalpha():
        return text
    return repr(text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…")
