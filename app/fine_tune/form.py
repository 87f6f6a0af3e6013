"""The form of a fine-tuning run: the fields of both specs as components, which of them a task and a method
read, and the way back from what the browser holds to a checked spec.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import gradio as gr

from app.forms import knob_component, to_value
from app.links import linked_values
from pipelines.core.errors import GlassworksError
from pipelines.core.fields import Knob, knobs
from pipelines.training.tuning.distillation.specs import METHODS as TAUGHT_METHODS
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.specs import VIRTUAL, EncoderSpec, SftSpec
from pipelines.training.tuning.tasks import TASKS, task_named

SPECS = {"distill": DistillSpec, "sft": SftSpec, "encoder": EncoderSpec}
TEACHABLE = "instruct"  # a task that can also be learnt from a teacher
TAB, PREFIX = "fine-tune", "tune"
# What the form shows first and the spec does not: a run of a minute or two, to see what it is like.
# A learning rate to begin with: few trained numbers bear, and need, a higher one than all weights do. LoRA's
# is ten times that of all weights, whatever the rank (Schulman et al. 2025, "LoRA Without Regret"); IA³'s and
# BitFit's are of the order of their papers' (3e-3, Liu et al. 2022; 1e-4 to 1e-3, Ben Zaken et al. 2022).
RATES = {"lora": 1e-3, "qlora": 1e-3, "ia3": 5e-3, "bitfit": 1e-3, "layernorm": 1e-3, "full": 1e-4}
RATES |= {"bottleneck": 1e-3, "prompt": 0.1, "prefix": 0.05}
NEW_RATE = 2e-3  # for all weights, from random ones
FIRST = {
    "task": "instruct",
    "max_steps": 40,
    "eval_every": 10,
    "chat_template": "house",
    "learning_rate": RATES["lora"],
}
_LORA = ("lora", "qlora")
_LORA_FIELDS = (
    "lora_r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora", "trainable_tokens",
    "start_adapter",
)  # fmt: skip
_OTHER_FIELDS = {  # field → the methods that read it, beside LoRA's
    "num_virtual_tokens": VIRTUAL,
    "bottleneck_width": ("bottleneck",),
    "bottleneck_depth": ("bottleneck",),
    "bottleneck_activation": ("bottleneck",),
}
_PLACED = ("task", "base", "dataset", "columns", "name", "validation", "method", "lora_r", "mask_share")
_MAIN = ("learning_rate", "num_epochs", "max_steps", "batch_size", "max_length")
_METHODS = {
    "lora": "LoRA",
    "qlora": "QLoRA (4 bits)",
    "full": "All weights",
    "ia3": "IA³",
    "bottleneck": "Bottleneck (PEANuT)",
    "prompt": "Prompt tuning",
    "prefix": "Prefix tuning",
    "bitfit": "BitFit (biases)",
    "layernorm": "LayerNorm",
}


@dataclass(frozen=True)
class TuneForm:
    """``fields`` is field name → component for all fields of both specs. The parts are there for some tasks
    and methods only: ``lora`` for LoRA's methods, ``other`` for those named beside each, ``sft`` for what
    writes, ``fill`` for hidden words."""

    fields: dict[str, Any]
    lora: tuple[Any, ...]
    sft: Any
    fill: Any
    other: dict[Any, tuple[str, ...]]

    @property
    def inputs(self) -> set[Any]:
        """For a handler that takes one dictionary of component → value."""
        return set(self.fields.values())

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        """What the form holds for the chosen task and method: fields that they do not read are left out."""
        chosen = (given[self.fields[name]] for name in ("task", "method", "teacher"))
        return {name: _read(name, given[self.fields[name]]) for name in reads(*chosen)}

    def everything(self, given: dict[Any, Any]) -> dict[str, Any]:
        """What the form holds for the chosen task, whichever method reads it."""
        names = knobs(SPECS[job_of(given[self.fields["task"]], given[self.fields["teacher"]])])
        return {name: _read(name, given[self.fields[name]]) for name in names}

    def spec(self, given: dict[Any, Any]) -> Any:
        """The checked spec of the job; raises SpecError naming the field and what it accepts."""
        values = self.values(given)
        return SPECS[job_of(values["task"], values.get("teacher"))].from_dict(values)

    def is_begun(self, given: dict[Any, Any]) -> bool:
        """Whether data and a model are chosen; a student that is taught may be a new one."""
        task, base, teacher, data = (given[self.fields[n]] for n in ("task", "base", "teacher", "dataset"))
        return bool(data and (base or job_of(task, teacher) == "distill"))

    def rated(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """The learning rate to begin the method with, unless another was typed."""
        field = self.fields["learning_rate"]
        method, task, base, teacher = (given[self.fields[n]] for n in ("method", "task", "base", "teacher"))
        is_new = not base and job_of(task, teacher) == "distill"
        rate = NEW_RATE if is_new else RATES.get(method)
        return {field: rate} if rate and given[field] in (*RATES.values(), NEW_RATE) else {}

    def parts(self, task: str, method: str) -> dict[Any, Any]:
        """Which parts are to be seen."""
        lora, sft = method in _LORA, job_of(task) == "sft"
        return {
            **{part: _visible(part, lora) for part in self.lora},
            **{part: _visible(part, method in methods) for part, methods in self.other.items()},
            self.sft: _visible(self.sft, sft),
            self.fill: _visible(self.fill, task == "fill"),
        }


def job_of(task: object, teacher: object = "") -> str:
    """``sft``, with a teacher ``distill``, or ``encoder``; raises SpecError for no task."""
    job = task_named(task).job
    return "distill" if job == "sft" and teacher else job


def kind_of(spec: Any) -> str:
    """The kind of job that a spec describes."""
    return next(kind for kind, made in SPECS.items() if type(spec) is made)


def reads(task: object, method: object, teacher: object = "") -> tuple[str, ...]:
    """The fields that a run of this task and method reads, in the spec's order."""
    names = tuple(knobs(SPECS[job_of(task, teacher)]))
    unread = {name for name, methods in _OTHER_FIELDS.items() if method not in methods}
    unread |= set() if method in _LORA else set(_LORA_FIELDS)
    return tuple(name for name in names if name not in unread)


def defaults() -> dict[str, Any]:
    """Field name → what the form shows first, for the fields of both specs."""
    return {name: default for spec in SPECS.values() for name, default in _declared(spec).items()} | FIRST


def task_picker() -> gr.Dropdown:
    choices = [(task.title, task.name) for task in TASKS.values()]
    task = FIRST["task"]
    return gr.Dropdown(
        choices, value=task, label="Task", info=TASKS[task].words, filterable=False, elem_id="tune-task"
    )


def settings(between: Callable[[], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The method and the main settings in the present place of the page, what ``between`` lays out, and the
    advanced settings, folded. Gives the fields by name, and the parts that :class:`TuneForm` takes."""
    declared, values = _knobs(), defaults()
    method = gr.Dropdown(
        [(_METHODS.get(name, name), name) for name in declared["method"].choices],
        value=values["method"],
        label=declared["method"].label,
        info=method_words(values["method"]),
        filterable=False,
        elem_id="tune-method",
    )
    fields = {"method": method}
    with gr.Row(elem_classes=["gw-tune-numbers", "gw-tune-main"]):
        fields |= _components(("lora_r", *_OTHER_FIELDS, *_MAIN), values)
    with gr.Column(visible=False, elem_classes="gw-tune-part") as fill:
        fields |= _components(("mask_share",), values)
    between()
    with gr.Accordion("LoRA in detail", open=False, elem_classes="gw-more") as lora:
        fields |= _components([name for name in _LORA_FIELDS if name != "lora_r"], values)
    own = [name for name in knobs(SftSpec) if name not in (*knobs(EncoderSpec), *_PLACED)]
    with gr.Accordion("Template and samples", open=False, elem_classes="gw-more") as sft:
        fields |= _components(own, values)
    rest = [name for name in declared if name not in (*fields, *_PLACED)]
    with gr.Accordion("Advanced", open=False, elem_classes="gw-more"):
        fields |= _components(rest, values)
    other = {fields[name]: methods for name, methods in _OTHER_FIELDS.items()}
    for part, methods in other.items():
        part.visible = values["method"] in methods
    return fields, {"lora": (fields["lora_r"], lora), "sft": sft, "fill": fill, "other": other}


def method_title(method: str) -> str:
    """What lists call a method."""
    return _METHODS.get(method, method)


def method_words(method: object) -> str:
    """The sentence of the spec's own help that is about this method."""
    told = dict(part.split(": ", 1) for part in _knobs()["method"].help.split(". ") if ": " in part)
    words = told.get(method, "").rstrip(".")
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def linked(request: gr.Request, start: dict[str, Any]) -> dict[str, Any]:
    """Component values by field name from a link to the tab, where they fit together; else none. What the
    link leaves out keeps ``start``'s values."""
    query = dict(request.query_params)
    task, method, teacher = (query.get(name, start[name]) for name in ("task", "method", "teacher"))
    if query.get("tab") != TAB or task not in TASKS:
        return {}
    read = reads(task, method, teacher)
    named = {n: query[n] for n in ("base", "dataset", "teacher", "method") if n in read and n in query}
    begun = {name: start[name] for name in read} | named
    try:
        spec = SPECS[job_of(task, teacher)].from_dict(begun | {"task": task})
    except GlassworksError:
        return {}
    asked = {name: text for name, text in query.items() if name in read}
    return linked_values(SimpleNamespace(query_params={"tab": TAB, **asked}), TAB, spec)


def _declared(spec: type) -> dict[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(spec)}


def _knobs() -> dict[str, Knob]:
    """Of both specs; where both have a field, as the first declares it."""
    return {**knobs(EncoderSpec), **knobs(SftSpec)}


def components(names: Any) -> dict[str, Any]:
    """Fields of a distillation, as the form shows them first."""
    declared, values = knobs(DistillSpec), defaults()
    return {name: _field(name, declared[name], values[name]) for name in names}


def method_choices(taught: bool) -> list[tuple[str, str]]:
    """(title, name) of the methods to choose from."""
    names = TAUGHT_METHODS if taught else _knobs()["method"].choices
    return [(method_title(name), name) for name in names]


def _components(names: Any, values: dict[str, Any]) -> dict[str, Any]:
    declared = _knobs()
    return {name: _field(name, declared[name], values[name]) for name in names}


def _field(name: str, knob: Knob, value: Any) -> Any:
    """Numbers as boxes, not sliders: what was typed must survive a refusal."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return knob_component(name, knob, value, PREFIX)
    return gr.Number(
        value, label=knob.label, info=knob.help, min_width=120, elem_id=f"{PREFIX}-{name.replace('_', '-')}"
    )


def _read(name: str, value: Any) -> Any:
    """The field's value; an emptied number stays None, for the spec to refuse it by name."""
    default = defaults()[name]
    if value is None:
        return "" if isinstance(default, str) else None
    return to_value(default, value)


def _visible(part: Any, visible: bool) -> Any:
    return gr.update(visible=visible)
