"""Parts of a tab that are modules of their own: what each has, and how the tab hands values to them and gets
their updates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
# A pick in a table or a figure. Gradio drops an event while its like is being answered; "always_last", which
# keeps the last one for later, would ask again with what the first one brought.
PICKED = {**QUIET, "trigger_mode": "multiple"}


@dataclass(frozen=True)
class Part:
    """A part that is laid out already.

    ``show(visitor, what, *values of inputs)`` gives one update for each of ``outputs``, ``what`` being what
    the tab is about; it raises a GlassworksError for the visitor, and the tab then shows that and leaves the
    part as it stands. ``triggers`` are events of the part's own inputs after which it is shown anew;
    ``examples`` are events whose value is a text for the tab's text box.
    """

    outputs: Sequence[Any]
    show: Callable[..., Sequence[Any]]
    inputs: Sequence[Any] = field(default=())
    triggers: Sequence[Any] = field(default=())
    examples: Sequence[Any] = field(default=())


class Parts:
    """The parts of a tab by name, one after the other: their inputs, their outputs, their updates."""

    def __init__(self, parts: Mapping[str, Part]):
        self._parts = dict(parts)

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    @property
    def inputs(self) -> list[Any]:
        return [one for part in self._parts.values() for one in part.inputs]

    @property
    def outputs(self) -> list[Any]:
        return [one for part in self._parts.values() for one in part.outputs]

    def values_of(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        """The values of one part's inputs among those of all."""
        before = self.names[: self.names.index(name)]
        first = sum(len(self._parts[one].inputs) for one in before)
        return values[first : first + len(self._parts[name].inputs)]

    def updates(self, visitor: Any, what: Any, values: Sequence[Any], *names: str) -> list[Any]:
        """Those of all outputs: the named parts are shown, the others stay as they are."""
        found: list[Any] = []
        for name, part in self._parts.items():
            shown = name in names
            own = self.values_of(name, values) if shown else ()
            found += part.show(visitor, what, *own) if shown else stays(part.outputs)
        return found

    def stay(self) -> list[Any]:
        """Updates that change nothing."""
        return stays(self.outputs)


def stays(outputs: Sequence[Any]) -> list[Any]:
    return [gr.skip()] * len(outputs)
