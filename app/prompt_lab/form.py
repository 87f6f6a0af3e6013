"""The form of a run: its parts as components, and the way there and back between them and the lab's spec."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.model_picker import able, caption
from app.prompt_lab.answers_part import AnswersPart
from app.prompt_lab.fields import Fields, together
from app.prompt_lab.presets import FIRST, PRESETS
from app.prompt_lab.several import Several
from app.prompt_lab.strategies_part import StrategiesPart
from app.prompt_lab.task_part import TaskPart
from app.prompt_lab.tools_part import ToolsPart
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.prompting.prompt.spec import PromptSpec
from pipelines.prompting.specs import PromptLabSpec
from pipelines.prompting.strategies.asking import Decoding

_HOUSE = "house/story-instruct"
_PROMPT = ("system", "template", "shots")
_PRICES = ("price_prompt", "price_written")


class LabForm:
    """All inputs of a run. Laid out by :meth:`main` and, after what stands between, :meth:`rest`."""

    def __init__(self, services: Services):
        self._services = services

    def main(self) -> None:
        self.task = TaskPart()
        self.models = gr.Dropdown(
            model_choices(self._services),
            value=first_models(self._services),
            multiselect=True,
            allow_custom_value=True,
            label="Models",
            info="One or several; or type owner/name, path:<folder>, endpoint:<name>.",
            elem_id="lab-models",
        )
        self.strategies = StrategiesPart(_strategies())

    def rest(self, between: Callable[[], None]) -> None:
        named = {"label": "Name", "info": "How the run is called in lists.", "max_length": 80, "max_lines": 1}
        self.name = gr.Textbox(**named, elem_id="lab-name")
        between()
        self.task.own_part()
        self.strategies.settings_part()
        with gr.Accordion("Prompt", open=False, elem_classes="gw-more"):
            self.prompts = self._prompts()
        with gr.Accordion("Decoding", open=False, elem_classes="gw-more"):
            self.decodings = self._decodings()
        with gr.Accordion("Reading of answers", open=False, elem_classes="gw-more"):
            self.answers = AnswersPart()
        with gr.Accordion("Tools", open=False, elem_classes="gw-more"):
            self.tools = ToolsPart(self._services)
        with gr.Accordion("Prices", open=False, elem_classes="gw-more"):
            self.prices = Fields(PromptLabSpec(), "lab", lambda name, knob: name in _PRICES)

    def _prompts(self) -> Several:
        made = Several(PromptSpec, "Prompt", 8, "lab-prompt")
        lines = {"system": 2, "template": 3, "examples": 3}
        fields = Fields(PromptSpec(), "lab-prompt", lambda name, knob: name in _PROMPT, lines)
        with gr.Accordion("Which examples, and how they look", open=False, elem_classes="gw-more"):
            fields.more("lab-prompt", lambda name, knob: name not in _PROMPT)
        made.begun(fields)
        return made

    def _decodings(self) -> Several:
        made = Several(Decoding, "Decoding", 8, "lab-decoding")
        made.begun(Fields(Decoding(**_begun()["decodings"][0]), "lab-decoding", lines={"stop": 2}))
        return made

    @property
    def inputs(self) -> list[Any]:
        parts = (
            self.task,
            self.strategies,
            self.prompts,
            self.decodings,
            self.answers,
            self.tools,
            self.prices,
        )
        return [self.models, self.name, *(one for part in parts for one in part.inputs)]

    @property
    def outputs(self) -> list[Any]:
        """Everything that another run in the form changes."""
        changed = [self.task, self.strategies, self.prompts, self.decodings]
        more = [one for part in changed for one in part.outputs]
        return list(dict.fromkeys([*self.inputs, *more]))

    def spec(self, given: dict[Any, Any]) -> PromptLabSpec:
        """The checked spec; raises SpecError naming the field and what it accepts."""
        if not given[self.models]:
            raise SpecError("models", "none", "at least one model")
        if not given[self.strategies.ticks]:
            raise SpecError("strategies", "none", "at least one strategy")
        return PromptLabSpec.from_dict(
            {
                "name": str(given[self.name] or "").strip(),
                **self.task.values(given),
                "models": tuple(given[self.models]),
                "strategies": self.strategies.values(given),
                "prompts": self.prompts.values(given),
                "decodings": self.decodings.values(given),
                "answers": self.answers.values(given),
                "tools": self.tools.values(given),
                **self.prices.values(given),
            }
        )

    def shown(self, values: dict[str, Any], numbers: bool) -> dict[Any, Any]:
        """Updates that bring a run (a spec's fields, checked before) into the form. ``numbers``: the answers
        of its task are numbers."""
        return together(
            (
                {self.models: list(values.get("models") or ()), self.name: values.get("name", "")},
                self.task.shown(values),
                self.strategies.shown(list(values["strategies"]), numbers),
                self.prompts.shown(list(values["prompts"])),
                self.decodings.shown(list(values["decodings"])),
                self.answers.shown(values["answers"]),
                self.tools.shown(values["tools"]),
                self.prices.shown(values),
            )
        )


def model_choices(services: Services) -> list[tuple[str, str]]:
    """Models that continue a text, then the servers that the owner has named."""
    entries = able(services, "causal-lm")
    servers = [f"endpoint:{one.name}" for one in services.models.endpoints()]
    return [*((caption(entry), entry.name) for entry in entries), *((name, name) for name in servers)]


def first_models(services: Services) -> list[str]:
    """The house's own that reasons where it is there, else the first that writes."""
    names = [entry.name for entry in able(services, "causal-lm")]
    return [_HOUSE] if _HOUSE in names else names[:1]


def _begun() -> dict[str, Any]:
    return PRESETS[FIRST].fields


def _strategies() -> dict[str, dict[str, Any]]:
    """Name → settings of those to begin with."""
    spec = PromptLabSpec.from_dict(_begun())
    return {one.name: dict(one.settings) for one in spec.strategies}
