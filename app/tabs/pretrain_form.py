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
# These stand in the upper part, not in the grid.
_PLACED = ("corpus", "second_corpus", "second_share", "start_from", "tokenizer", "architecture", "name")
# What a model that the run starts from brings along: with one, these fields are not read.
BROUGHT = (
    "tokenizer",
    "vocab_size",
    "architecture",
    "num_layers",
    "hidden_size",
    "num_heads",
    "num_kv_heads",
    "intermediate_size",
    "dropout",
)
_SAID_BELOW = {  # short, since the tab explains these at length
    "architecture": "How it is built, and so what it is asked to guess.",
    "optimizer": "How the weights follow the gradients.",
    "schedule": "How the rate moves.",
}
_WORDS = {
    "architecture": {
        "llama": "Llama style · next token",
        "gpt2": "GPT-2 style · next token",
        "bert": "BERT style · masked tokens",
        "t5": "T5 style · hidden spans",
    },
    "optimizer": {"adamw": "AdamW", "muon": "Muon"},
    "schedule": {
        "cosine": "Cosine",
        "wsd": "WSD",
        "linear": "Linear",
        "constant": "Constant",
    },
}


@dataclass(frozen=True)
class Brought:
    """What is known of the model that a run starts from; ``longest`` is its context, 0 for no limit."""

    architecture: str
    longest: int


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

    def turned(self, given: dict[Any, Any], longest: int = 0) -> dict[Any, Any]:
        """Component → value for all that the dial decides at this size and architecture. When the run starts
        from a model, what that brings along is left alone, and the context is at most its ``longest``."""
        decided = dial(given[self.size], given[self.fields["architecture"]])
        if given[self.fields["start_from"]]:
            decided = {name: value for name, value in decided.items() if name not in BROUGHT}
        if longest:
            decided["context_length"] = min(decided["context_length"], longest)
        return {self.fields[name]: value for name, value in decided.items()}

    def brought(self, given: dict[Any, Any], start: Brought | None) -> dict[Any, Any]:
        """Updates of the fields that a chosen model brings along: out of use with one, open without."""
        updates = {n: {"interactive": start is None} for n in BROUGHT}
        if start:
            updates["tokenizer"] |= {"value": _TRAIN_HERE}
            updates["architecture"] |= {"value": start.architecture}
            context = given[self.fields["context_length"]]
            if start.longest and context and context > start.longest:
                updates["context_length"] = {"value": start.longest}
        return {self.fields[name]: gr.update(**values) for name, values in updates.items()}


def initial() -> PretrainSpec:
    """What the form shows first: the defaults with the dial at :data:`FIRST_SIZE`."""
    return PretrainSpec.from_dict({"size": FIRST_SIZE})


def model_part(tokenizers: list[tuple[str, str]]) -> dict[str, Any]:
    """Architecture and tokenizer; the choices are (label, value)."""
    start, declared = initial(), knobs(PretrainSpec)
    architecture = _field("architecture", declared["architecture"], start.architecture)
    tokenizer = gr.Dropdown(
        tokenizer_choices(tokenizers),
        value=_TRAIN_HERE,
        label="Tokenizer",
        info="Learn a byte-level BPE on the corpus, or take one: trained in the Tokenizer tab, or a model's.",
        allow_custom_value=True,
        elem_id="knob-tokenizer",
    )
    return {"tokenizer": tokenizer, "architecture": architecture}


def start_picker(models: list[tuple[str, str]]) -> gr.Dropdown:
    return gr.Dropdown(
        start_choices(models),
        value="",
        label="Start from",
        info="Random weights, or a model to train on. The owner may also type a Hub name or path:<folder>.",
        allow_custom_value=True,
        elem_id="knob-start-from",
    )


def second_part(choices: list[tuple[str, str]]) -> dict[str, Any]:
    """The second corpus and its share; the choices are (label, value)."""
    declared, start = knobs(PretrainSpec), initial()
    picker = gr.Dropdown(
        second_choices(choices),
        value="",
        label=declared["second_corpus"].label,
        info=declared["second_corpus"].help,
        allow_custom_value=True,
        elem_id="knob-second-corpus",
    )
    return {
        "second_corpus": picker,
        "second_share": _field("second_share", declared["second_share"], start.second_share),
    }


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


def tokenizer_choices(tokenizers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Train a new BPE", _TRAIN_HERE), *tokenizers]


def start_choices(models: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Random weights", ""), *models]


def second_choices(corpora: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("None", ""), *corpora]


def _components(chosen: dict[str, Knob], start: PretrainSpec) -> dict[str, Any]:
    """As numbers, not sliders: the dial is the slider, and a typed value must survive a refusal."""
    return {name: _field(name, knob, getattr(start, name)) for name, knob in chosen.items()}


def _field(name: str, knob: Knob, value: Any) -> Any:
    if name in _WORDS:
        choices = [(_WORDS[name][choice], choice) for choice in knob.choices]
        common = {"label": knob.label, "info": _SAID_BELOW[name], "elem_id": f"knob-{name}"}
        return gr.Dropdown(choices, value=value, filterable=False, **common)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return knob_component(name, knob, value)
    return gr.Number(
        value,
        label=knob.label,
        info=knob.help,
        min_width=120,
        elem_id=f"knob-{name.replace('_', '-')}",
    )
