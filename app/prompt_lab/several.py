"""Several specs of one kind, one of them in the form at a time: the prompts and the ways of decoding of a
grid.
"""

import dataclasses
from typing import Any

import gradio as gr

from app.prompt_lab.fields import Fields, another
from pipelines.core.errors import GlassworksError

_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class Several:
    """``fields`` hold the one that is shown; the others wait in ``held``. ``noun`` names them: Prompt 1."""

    def __init__(self, cls: type, noun: str, most: int, prefix: str):
        self._start = dataclasses.asdict(cls())
        self._noun, self._most = noun, most
        self.fields: Fields
        self.held = gr.State(({},))
        self.at = gr.State(0)
        with gr.Row(elem_classes="gw-ask-several"):
            self.pick = gr.Radio(
                self._choices(1), value=0, label=f"{noun} of the grid", show_label=False, container=False,
                elem_id=f"{prefix}-pick",
            )  # fmt: skip
            self.add = gr.Button(f"Add another {noun.lower()}", size="sm", min_width=90, scale=0)
            self.remove = gr.Button("Remove it", size="sm", min_width=70, scale=0, interactive=False)

    def begun(self, fields: Fields) -> None:
        """``fields`` are laid out after the row that chooses."""
        self.fields = fields

    @property
    def inputs(self) -> list[Any]:
        return [self.held, self.at, *self.fields.inputs]

    @property
    def outputs(self) -> list[Any]:
        return [self.held, self.at, self.pick, self.add, self.remove, *self.fields.inputs]

    def values(self, given: dict[Any, Any]) -> list[dict[str, Any]]:
        """All of them, that in the form as it stands there now. Raises a GlassworksError where two are the
        same."""
        every, _ = self._every(given)
        for place, one in enumerate(every):
            if one in every[:place]:
                first = every.index(one) + 1
                same = f"{self._noun} {place + 1} is the same as {self._noun.lower()} {first}"
                raise GlassworksError(f"{same}: change something in it, or remove it.")
        return every

    def shown(self, every: list[dict[str, Any]], at: int = 0) -> dict[Any, Any]:
        """Updates that bring these into the form."""
        kept = tuple({**self._start, **_plain(one)} for one in every) or (self._start,)
        at = min(max(at, 0), len(kept) - 1)
        return {
            self.held: kept,
            self.at: at,
            self.pick: gr.Radio(self._choices(len(kept)), value=at),
            self.add: gr.Button(interactive=len(kept) < self._most),
            self.remove: gr.Button(interactive=len(kept) > 1),
            **self.fields.shown(kept[at]),
        }

    def wire(self, told: Any) -> None:
        """``told`` is a hidden field that gets another word after each change."""
        for event, handler in (
            (self.pick.input, self._picked),
            (self.add.click, self._added),
            (self.remove.click, self._removed),
        ):
            event(self._then(handler, told), {*self.inputs, self.pick, told}, [*self.outputs, told], **_QUIET)

    def _then(self, handler: Any, told: Any) -> Any:
        return lambda given: {**handler(given), told: another(given[told])}

    def _picked(self, given: dict[Any, Any]) -> dict[Any, Any]:
        every, _ = self._every(given)
        return self.shown(every, _whole(given[self.pick]))

    def _added(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """A copy of the one in the form, to change."""
        every, at = self._every(given)
        return self.shown([*every, every[at]][: self._most], len(every))

    def _removed(self, given: dict[Any, Any]) -> dict[Any, Any]:
        every, at = self._every(given)
        return self.shown([*every[:at], *every[at + 1 :]] if len(every) > 1 else every, max(at - 1, 0))

    def _every(self, given: dict[Any, Any]) -> tuple[list[dict[str, Any]], int]:
        every = [{**self._start, **one} for one in given[self.held]][: self._most]
        at = min(_whole(given[self.at]), len(every) - 1)
        every[at] = {**self._start, **_plain(self.fields.values(given))}
        return every, at

    def _choices(self, count: int) -> list[tuple[str, int]]:
        return [(f"{self._noun} {number + 1}", number) for number in range(count)]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
