"""Fields of a spec: declared once with label, help and range; checked here, shown by the forms.

A spec is a frozen dataclass whose fields are made by :func:`knob` and whose ``__post_init__`` calls
:func:`check`. The page builds its form from the same declarations, so label, help and range cannot
drift from what the server enforces.

>>> @dataclass(frozen=True)
... class Spec:
...     steps: int = knob(100, label="Steps", help="Optimiser steps.", low=1, high=1000)
...     def __post_init__(self): check(self)
>>> Spec(steps=0)
Traceback (most recent call last):
pipelines.core.errors.SpecError: steps accepts a whole number from 1 to 1000; got 0.
"""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError

_MAX_TEXT = 20_000


@dataclass(frozen=True)
class Knob:
    """How a field is named, explained and bounded. ``advanced`` fields stand in a folded part of the form."""

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None
    max_chars: int = _MAX_TEXT
    advanced: bool = False
    hidden: bool = False


def knob(default: Any, *, label: str, help: str, **bounds: Any) -> Any:
    """A dataclass field that carries a :class:`Knob`."""
    return dataclasses.field(default=default, metadata={"knob": Knob(label, help, **bounds)})


def knobs(spec: Any) -> dict[str, Knob]:
    """Field name → :class:`Knob`, in declaration order, for a spec class or instance."""
    return {f.name: f.metadata["knob"] for f in dataclasses.fields(spec) if "knob" in f.metadata}


def check(spec: Any) -> None:
    """Raise :class:`SpecError` for the first field whose type or range is wrong.

    A whole float is taken for an int (JSON and sliders send ``4.0``), a list for a tuple of strings.
    """
    hints = typing.get_type_hints(type(spec))
    for name, bounds in knobs(spec).items():
        value = _coerced(getattr(spec, name), hints[name])
        if not _fits(value, hints[name], bounds):
            raise SpecError(name, value, describe(bounds, hints[name]))
        object.__setattr__(spec, name, value)


def check_whole(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise :class:`SpecError` unless ``value`` is a whole number in this range: for a field of a request,
    which no form shows."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= low
    if not fits or (high is not None and value > high):
        upper = "" if high is None else f" to {high:,}"
        raise SpecError(name, value, f"a whole number from {low:,}{upper}")


def check_text(name: str, value: object, most: int) -> None:
    """Raise :class:`SpecError` unless ``value`` is text of at most so many characters."""
    if not isinstance(value, str) or len(value) > most:
        raise SpecError(name, value, f"text of at most {most:,} characters")


def check_model(name: str, value: object) -> None:
    """Raise :class:`SpecError` unless ``value`` can be a model's name; whether there is one is not asked."""
    if not isinstance(value, str) or not value:
        raise SpecError(name, value, "the name of a model, as /models lists them")


def from_dict(cls: type, values: dict[str, Any]) -> Any:
    """Build a spec from JSON; an unknown field is refused with the list of known ones."""
    if not isinstance(values, dict):
        raise SpecError("spec", values, "a JSON object with the spec's fields")
    known = [f.name for f in dataclasses.fields(cls)]
    for name in values:
        if name not in known:
            raise SpecError(str(name), values[name], f"nothing: the fields are {', '.join(known)}")
    return cls(**values)


def to_dict(spec: Any) -> dict[str, Any]:
    """The spec as plain JSON values."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(spec).items()}


def describe(bounds: Knob, hint: Any) -> str:
    """The accepted range in words: ``a whole number from 1 to 1000``, ``one of 'gpt2', 'llama'``."""
    base, optional = _unwrapped(hint)
    if bounds.choices:
        words = "one of " + ", ".join(repr(c) for c in bounds.choices)
    elif base is bool:
        words = "true or false"
    elif base is str:
        words = f"text of at most {bounds.max_chars:,} characters"
    elif base in (int, float):
        words = ("a whole number" if base is int else "a number") + _span(bounds)
    else:
        words = f"a list of at most {int(bounds.high or 64)} texts"
    return words + (", or nothing" if optional else "")


def _span(bounds: Knob) -> str:
    if bounds.low is not None and bounds.high is not None:
        return f" from {_number(bounds.low)} to {_number(bounds.high)}"
    if bounds.low is not None:
        return f" of at least {_number(bounds.low)}"
    return f" of at most {_number(bounds.high)}" if bounds.high is not None else ""


def _number(value: float) -> str:
    """1e-06, 0.05, 4096, 1,000,000: whole numbers in full, with commas from five digits on."""
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 10_000 else f"{value:g}"


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    """``int | None`` → (int, True); ``tuple[str, ...]`` → (tuple, False)."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        inner = [a for a in typing.get_args(hint) if a is not type(None)]
        return _unwrapped(inner[0])[0], True
    return typing.get_origin(hint) or hint, False


def _coerced(value: Any, hint: Any) -> Any:
    base, _ = _unwrapped(hint)
    if base is int and isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if base is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if base is tuple and isinstance(value, list):
        return tuple(value)
    return value


def _fits(value: Any, hint: Any, bounds: Knob) -> bool:
    base, optional = _unwrapped(hint)
    if value is None:
        return optional
    if not isinstance(value, base) or (isinstance(value, bool) and base is not bool):
        return False
    if bounds.choices:
        return value in bounds.choices
    if base is str:
        return len(value) <= bounds.max_chars
    if base is tuple:
        fits = all(isinstance(v, str) and len(v) <= bounds.max_chars for v in value)
        return fits and len(value) <= int(bounds.high or 64)
    if base in (int, float):
        return math.isfinite(value) and _within(value, bounds)
    return True


def _within(value: float, bounds: Knob) -> bool:
    return (bounds.low is None or value >= bounds.low) and (bounds.high is None or value <= bounds.high)
