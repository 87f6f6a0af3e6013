"""Spec fields as form components: label, help and range come from the field's :class:`Knob`.

Ranges are enforced by the spec on the server, whose message names the field; a slider's bounds are only
there for the hand.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from pipelines.core.fields import Knob, knobs

_SLIDER_STEPS = 5000  # beyond that a pixel is many steps, and a number is easier to hit
_LONG_TEXT = 500


def knob_component(name: str, knob: Knob, value: Any, prefix: str = "knob") -> gr.components.Component:
    """The component that asks for this field, holding ``value``; read it back with :func:`to_value`.
    ``prefix`` begins its id in the page, where several forms have a field of that name."""
    common = {"label": knob.label, "info": knob.help, "elem_id": f"{prefix}-{name.replace('_', '-')}"}
    if knob.choices:
        return gr.Dropdown(list(knob.choices), value=value, filterable=False, **common)
    if isinstance(value, bool):
        return gr.Checkbox(value, **common)
    if isinstance(value, int | float) or value is None:
        return _number(knob, value, common)
    if isinstance(value, tuple | list):
        return gr.Textbox("\n".join(value), lines=3, max_lines=8, **common)
    return gr.Textbox(value, lines=1, max_length=knob.max_chars, **common)


def form(
    spec: Any, only: Callable[[str, Knob], bool] = lambda name, knob: True, prefix: str = "knob"
) -> dict[str, Any]:
    """Components for the visible fields of a spec instance, in declaration order: field name → component."""
    chosen = {name: knob for name, knob in knobs(spec).items() if not knob.hidden and only(name, knob)}
    return {name: knob_component(name, knob, getattr(spec, name), prefix) for name, knob in chosen.items()}


def to_value(default: Any, value: Any) -> Any:
    """A component's value as the field's type: a text box of lines → tuple, an emptied number → the default.

    >>> to_value(("a",), "one\\n\\ntwo")
    ('one', 'two')
    """
    if isinstance(default, tuple):
        return tuple(line for line in str(value or "").split("\n") if line.strip())
    if value is None and default is not None:
        return default
    return value


def to_values(spec: Any, values: dict[str, Any]) -> dict[str, Any]:
    """What the form holds, ready for the spec's ``from_dict``."""
    return {name: to_value(getattr(spec, name), value) for name, value in values.items()}


def _number(knob: Knob, value: float | None, common: dict[str, Any]) -> gr.components.Component:
    if None not in (knob.low, knob.high, knob.step, value) and _steps(knob) <= _SLIDER_STEPS:
        return gr.Slider(knob.low, knob.high, value=value, step=knob.step, buttons=[], **common)
    return gr.Number(value, precision=0 if isinstance(value, int) else None, **common)


def _steps(knob: Knob) -> float:
    return (knob.high - knob.low) / knob.step
