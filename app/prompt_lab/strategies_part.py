"""Which strategies are laid beside each other, and the settings of each in a fold of its own."""

from html import escape
from typing import Any

import gradio as gr

from app.prompt_lab import variants
from app.prompt_lab.fields import Fields, as_shown
from pipelines.core.fields import knobs
from pipelines.prompting.strategies.registry import STRATEGIES, Kind

_LINES = {"instruction": 2, "critique": 3, "rewrite": 2, "value": 3, "vote": 3, "split": 3, "solve": 2}


class StrategiesPart:
    """The ticks in the present place of the page, :meth:`settings_part` in a later one."""

    def __init__(self, begun: dict[str, dict[str, Any]]):
        """``begun``: those that are ticked first, by name, with their settings."""
        self._begun = begun
        self.ticks = gr.CheckboxGroup(
            [(kind.title, name) for name, kind in STRATEGIES.items()],
            value=list(begun),
            label="Strategies",
            info="Each answers the same items. Their settings stand below.",
            elem_id="lab-strategies",
        )

    def settings_part(self) -> None:
        """A fold for each, seen where it is ticked."""
        self.folds, self.fields, self.variants = {}, {}, {}
        for name, kind in STRATEGIES.items():
            with gr.Accordion(
                f"Settings: {kind.title}", open=False, visible=name in self.ticks.value,
                elem_classes="gw-more",
            ) as fold:  # fmt: skip
                gr.HTML(_about(kind))
                start = kind.settings(**{**kind.for_numbers, **self._begun.get(name, {})})
                prefix = f"lab-{name.replace('_', '-')}"
                self.fields[name] = Fields(start, prefix, lines=_LINES)
                if knobs(kind.settings):
                    self.variants[name] = gr.Textbox(
                        label="The same once more, with other settings",
                        info=variants.INFO,
                        placeholder=variants.example(kind),
                        lines=1,
                        max_lines=8,
                        max_length=variants.MOST_CHARS,
                        elem_id=f"{prefix}-variants",
                    )
            self.folds[name] = fold

    @property
    def inputs(self) -> list[Any]:
        own = (one for fields in self.fields.values() for one in fields.inputs)
        return [self.ticks, *own, *self.variants.values()]

    @property
    def outputs(self) -> list[Any]:
        return [*self.inputs, *self.folds.values()]

    def values(self, given: dict[Any, Any]) -> list[dict[str, Any]]:
        """The ticked ones in the order of the list, with what differs from their defaults: a default that
        depends on the task is the run's to choose."""
        ticked = given[self.ticks] or []
        return [one for name in STRATEGIES if name in ticked for one in self._asked(name, given)]

    def shown(self, strategies: list[dict[str, Any]], numbers: bool) -> dict[Any, Any]:
        """Updates that tick these and put their settings into the form; of several of a name the first, the
        others as its variants."""
        asked = {one["name"]: one.get("settings", {}) for one in reversed(strategies)}
        updates = {self.ticks: [name for name in STRATEGIES if name in asked], **self.seen(list(asked))}
        for name, kind in STRATEGIES.items():
            own = kind.for_numbers if numbers else {}
            usual = {field: getattr(kind.settings, field) for field in knobs(kind.settings)}
            updates |= self.fields[name].shown({**usual, **own, **asked.get(name, {})})
            if name in self.variants:
                same = [one.get("settings", {}) for one in strategies if one["name"] == name]
                updates[self.variants[name]] = variants.written(kind, same)
        return updates

    def seen(self, ticked: list[str]) -> dict[Any, Any]:
        return {fold: gr.Accordion(visible=name in ticked) for name, fold in self.folds.items()}

    def numbered(self, given: dict[Any, Any], numbers: bool) -> dict[Any, Any]:
        """The defaults that suit the task, where another task's stand there still."""
        updates = {}
        for name, kind in STRATEGIES.items():
            for field, for_numbers in kind.for_numbers.items():
                component, usual = self.fields[name].components[field], getattr(kind.settings, field)
                wanted = for_numbers if numbers else usual
                if given[component] in (usual, for_numbers) and given[component] != wanted:
                    updates[component] = as_shown(wanted)
        return updates

    def _asked(self, name: str, given: dict[Any, Any]) -> list[dict[str, Any]]:
        """As it stands in the form, then its variants."""
        first = {"name": name, "settings": self._changed(name, given)}
        lines = str(given.get(self.variants.get(name)) or "")
        return [first, *variants.read(name, first["settings"], lines)]

    def _changed(self, name: str, given: dict[Any, Any]) -> dict[str, Any]:
        kind = STRATEGIES[name]
        return {
            field: value
            for field, value in self.fields[name].values(given).items()
            if value not in (getattr(kind.settings, field), kind.for_numbers.get(field, _NOTHING))
        }


_NOTHING = object()


def _about(kind: Kind) -> str:
    needs = " Needs tools." if kind.uses_tools else " Needs examples." if kind.uses_examples else ""
    return f'<p class="gw-ask-about">{escape(kind.does + needs)}<br><cite>{escape(kind.paper)}</cite></p>'
