"""The fields of one spec as components, and the way there and back. Several specs of a kind, one of them
shown at a time, are :class:`~app.prompt_lab.several.Several`.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any

import gradio as gr

from app.forms import knob_component, to_values
from pipelines.core.fields import Knob, knobs

_LINES = r" One a line; \n stands for a new line."
_WRITTEN = re.compile(r"\\([n\\])")


class Fields:
    """Components for the fields of ``spec`` (an instance with the values to begin with) that ``only`` takes,
    laid out in the present place of the page. ``lines`` are those of text boxes that need several; numbers of
    ``boxes`` are typed, not slid to."""

    def __init__(
        self,
        spec: Any,
        prefix: str,
        only: Callable[[str, Knob], bool] = lambda name, knob: True,
        lines: dict[str, int] | None = None,
        boxes: tuple[str, ...] = (),
    ):
        self._spec = spec
        self._lines, self._boxes = lines or {}, boxes
        self.components = self._laid_out(prefix, only)

    def more(self, prefix: str, only: Callable[[str, Knob], bool]) -> None:
        """Further fields of the same spec, laid out where the page is now."""
        self.components |= self._laid_out(prefix, only)

    @property
    def inputs(self) -> list[Any]:
        return list(self.components.values())

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        """What the components hold, as the spec's fields; an emptied number stays None, for the spec to
        refuse it by name."""
        held = {name: given[component] for name, component in self.components.items()}
        read = to_values(self._spec, held)
        return {name: self._read(name, held[name], value) for name, value in read.items()}

    def _read(self, name: str, held: Any, value: Any) -> Any:
        if isinstance(value, tuple):
            return _plain(value)
        if held is None:
            return "" if isinstance(getattr(self._spec, name), str) else None
        return value

    def shown(self, values: dict[str, Any]) -> dict[Any, Any]:
        """Updates that put a spec's fields into the components; a field that is missing gets its default."""
        return {
            component: as_shown(values.get(name, getattr(self._spec, name)))
            for name, component in self.components.items()
        }

    def _laid_out(self, prefix: str, only: Callable[[str, Knob], bool]) -> dict[str, Any]:
        declared = knobs(self._spec).items()
        chosen = {name: knob for name, knob in declared if not knob.hidden and only(name, knob)}
        return {name: self._made(name, knob, prefix) for name, knob in chosen.items()}

    def _made(self, name: str, knob: Knob, prefix: str) -> Any:
        value = getattr(self._spec, name)
        if name in self._boxes:
            knob = dataclasses.replace(knob, step=None)
        made = knob_component(name, knob, value, prefix)
        if isinstance(made, gr.Textbox) and name in self._lines:
            made.lines = self._lines[name]
            made.info += _LINES if isinstance(value, tuple) else ""
            made.max_lines = max(12, made.lines)
        return made


def as_shown(value: Any) -> Any:
    """A field's value as its component holds it: a list as lines, with a new line within one as ``\\n``."""
    if not isinstance(value, (list, tuple)):
        return value
    return "\n".join(one.replace("\\", "\\\\").replace("\n", "\\n") for one in value)


def _plain(lines: tuple[str, ...]) -> tuple[str, ...]:
    """What :func:`as_shown` made lines of."""
    return tuple(_WRITTEN.sub(lambda found: "\n" if found[1] == "n" else found[1], line) for line in lines)


def together(updates: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
    return {component: value for one in updates for component, value in one.items()}


def another(word: object) -> str:
    """Differs from the word, so that the field that gets it changes."""
    return ".." if word == "." else "."
