"""The form of a pretraining run: the spec's fields as components, one size dial that sets them, and the way
back from what the browser holds to a checked spec.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.forms import knob_component, to_value
from pipelines.core.fields import Knob, knobs
from pipelines.training.dial import SIZES, dial
from pipelines.training.specs import PretrainSpec

FIRST_SIZE = 2
_TRAIN_HERE = "train"
_PLACED = ("corpus", "tokenizer", "architecture", "name")  # these stand in the upper part, not in the grid
_CUSTOM_CORPUS = "The bundled sample, a text of your own, or path:<file or folder> on the owner's machine."


@dataclass(frozen=True)
class PretrainForm:
    """``fields`` is field name → component, in the spec's order; ``size`` is the dial."""

    size: gr.Slider
    fields: dict[str, Any]

    @property
    def inputs(self) -> set[Any]:
        """For a handler that takes one dictionary of component → value."""
        return {self.size, *self.fields.values()}

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        """What the form holds, by field name."""
        start = initial()
        read = {name: given[component] for name, component in self.fields.items()}
        return {name: _read(getattr(start, name), value) for name, value in read.items()}

    def spec(self, given: dict[Any, Any]) -> PretrainSpec:
        """The checked spec; raises SpecError naming the field and what it accepts."""
        return PretrainSpec.from_dict(self.values(given))

    def turned(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """Component → value for all that the dial decides at this size and architecture."""
        decided = dial(given[self.size], given[self.fields["architecture"]])
        return {self.fields[name]: value for name, value in decided.items()}


def initial() -> PretrainSpec:
    """What the form shows first: the defaults with the dial at :data:`FIRST_SIZE`."""
    return PretrainSpec.from_dict({"size": FIRST_SIZE})


def model_part(tokenizers: list[tuple[str, str]]) -> dict[str, Any]:
    """Tokenizer and architecture; the choices are (label, value)."""
    start, declared = initial(), knobs(PretrainSpec)
    with gr.Row(elem_classes="gw-tight"):
        tokenizer = gr.Dropdown(
            tokenizer_choices(tokenizers),
            value=_TRAIN_HERE,
            label="Tokenizer",
            info="Learn a byte-level BPE on the corpus, or take one from a model.",
            allow_custom_value=True,
            elem_id="knob-tokenizer",
        )
        architecture = gr.Dropdown(
            [("Llama style", "llama"), ("GPT-2 style", "gpt2")],
            value=start.architecture,
            label="Architecture",
            info=declared["architecture"].help,
            filterable=False,
            elem_id="knob-architecture",
        )
    return {"tokenizer": tokenizer, "architecture": architecture}


def corpus_picker(choices: list[tuple[str, str]]) -> gr.Dropdown:
    return gr.Dropdown(
        choices,
        value="sample",
        label="Corpus",
        info=_CUSTOM_CORPUS,
        allow_custom_value=True,
        elem_id="knob-corpus",
    )


def size_dial() -> gr.Slider:
    return gr.Slider(
        SIZES[0],
        SIZES[-1],
        value=FIRST_SIZE,
        step=1,
        label="Size",
        info="One dial: depth, width, heads, batch, learning rate and steps move together. "
        "Every value stays open to change below.",
        buttons=[],
        elem_id="knob-size",
    )


def field_grid() -> dict[str, Any]:
    """The remaining fields: the main ones in a grid, the advanced ones folded."""
    start = initial()
    rest = {n: k for n, k in knobs(PretrainSpec).items() if n not in _PLACED and not k.hidden}
    with gr.Row(elem_classes="gw-knobs"):
        main = _components({n: k for n, k in rest.items() if not k.advanced}, start)
    with gr.Accordion("Advanced", open=False, elem_classes="gw-more"), gr.Row(elem_classes="gw-knobs"):
        advanced = _components({n: k for n, k in rest.items() if k.advanced}, start)
    return {**main, **advanced}


def _read(default: Any, value: Any) -> Any:
    """The field's value; an emptied number stays None, for the spec to refuse it by name."""
    if value is None:
        return "" if isinstance(default, str) else None
    return to_value(default, value)


def tokenizer_choices(models: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Train a new BPE", _TRAIN_HERE), *models]


def _components(chosen: dict[str, Knob], start: PretrainSpec) -> dict[str, Any]:
    """As numbers, not sliders: the dial is the slider, and a typed value must survive a refusal."""
    return {name: _field(name, knob, getattr(start, name)) for name, knob in chosen.items()}


def _field(name: str, knob: Knob, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return knob_component(name, knob, value)
    return gr.Number(
        value,
        label=knob.label,
        info=knob.help,
        min_width=120,
        elem_id=f"knob-{name.replace('_', '-')}",
    )
