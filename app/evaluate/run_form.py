"""The form of an evaluation, and the way there and back between its components and the spec."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.corpora import corpus_choices
from app.evaluate.tasks_view import narrowed, parts_of, task_choices
from app.model_picker import able
from app.prompt_lab.fields import Fields
from app.prompt_lab.form import model_choices
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.core.fields import Knob
from pipelines.evaluation.specs import TEXT, EvalSpec

_MAIN = ("limit", "num_fewshot", "checkpoints", "chat")
_APART = ("name", "models", "tasks", "file", *_MAIN)
_BOXES = ("limit", "num_fewshot", "seed", "samples", "batch_tokens", "context_length", "stride")
_START = EvalSpec()
_FILES = [".jsonl", ".json", ".csv", ".tsv", ".gz"]
_WHOLE = ("All of it", "")


class EvalForm:
    """All inputs of a run. Laid out by :meth:`main` and, after what stands between, :meth:`rest`."""

    def __init__(self, services: Services):
        self._services = services

    def main(self) -> None:
        self.models = gr.Dropdown(
            model_choices(self._services), value=first_models(self._services), multiselect=True,
            allow_custom_value=True, label="Models", elem_id="eval-models",
            info="One or several; or type owner/name, run/<job id>@<step>, path:<folder>, endpoint:<name>.",
        )  # fmt: skip
        self.tasks = gr.Dropdown(
            self.offered(None), value=list(_START.tasks), multiselect=True, allow_custom_value=True,
            label="Tasks", info="Every task is put to every model.", elem_id="eval-tasks",
        )  # fmt: skip
        self.part = gr.Dropdown(
            [_WHOLE], value="", label="Part", visible=False, elem_id="eval-part",
            info="One subset in the place of the whole.",
        )  # fmt: skip
        with gr.Row(elem_classes="gw-ask-numbers gw-eval-numbers"):
            self.fields = Fields(_START, "eval", lambda name, _: name in _MAIN, boxes=_BOXES)

    def rest(self) -> None:
        self.name = gr.Textbox(
            label="Name", info="How the run is called in lists.", max_length=80, max_lines=1,
            elem_id="eval-name",
        )  # fmt: skip
        with gr.Accordion("More settings", open=False, elem_classes="gw-more"):
            self.fields.more("eval", _is_further)
        with gr.Accordion("Rows from a file", open=False, elem_classes="gw-more"):
            self.upload = gr.File(
                label="Upload .jsonl, .json, .csv, .tsv", file_types=_FILES, height=110, elem_id="eval-upload"
            )
            self.file = gr.Textbox(
                label="File", max_length=1000, max_lines=1, elem_id="eval-file",
                info="Of one task, in the format in which it was published: what was uploaded, or for the "
                "owner a path of this machine's disk.",
            )  # fmt: skip

    @property
    def inputs(self) -> list[Any]:
        return [self.models, self.tasks, self.name, self.file, *self.fields.inputs]

    def spec(self, given: dict[Any, Any]) -> EvalSpec:
        """The checked spec; raises SpecError naming the field and what it accepts."""
        for name, chosen in (("models", given[self.models]), ("tasks", given[self.tasks])):
            if not chosen:
                raise SpecError(name, "none", f"at least one of the {name}")
        fields = {
            "name": str(given[self.name] or "").strip(),
            "models": tuple(given[self.models]),
            "tasks": tuple(given[self.tasks]),
            "file": str(given[self.file] or "").strip(),
            **self.fields.values(given),
        }
        return EvalSpec.from_dict(fields)

    def shown(self, spec: EvalSpec) -> dict[Any, Any]:
        """Updates that bring a run into the form."""
        given = {self.models: list(spec.models), self.tasks: list(spec.tasks)}
        given |= {self.name: spec.name, self.file: spec.file, self.part: self.parts(spec.tasks)}
        return given | self.fields.shown(spec.to_dict())

    def parts(self, tasks: Sequence[str] | None) -> Any:
        """The chooser of parts as it fits the chosen tasks."""
        task, parts = parts_of(tasks or ())
        chosen = next((one.partition("/")[2] for one in tasks or () if one.startswith(f"{task}/")), "")
        return gr.Dropdown(
            [_WHOLE, *((one, one) for one in parts)], value=chosen if chosen in parts else "",
            label=f"Part of {task}", visible=bool(parts),
        )  # fmt: skip

    def uploaded(self, file: str | None, request: gr.Request) -> str:
        """What names the file in the spec; empty for none. Raises a GlassworksError."""
        if not file:
            return ""
        owner = self._services.identity.visitor(request).id
        return self._services.rows.add_file(Path(file), Path(file).name, owner).id

    def narrowed(self, tasks: list[str] | None, part: str | None) -> Any:
        task, parts = parts_of(tasks or ())
        return narrowed(tasks or (), task, part if part in parts else "") if task else gr.skip()

    def offered(self, request: gr.Request | None) -> list[tuple[str, str]]:
        """The registry's tasks, then this visitor's corpora."""
        corpora = corpus_choices(self._services, request)
        return [*task_choices(), *((f"Text: {title}", f"{TEXT}{name}") for title, name in corpora)]


def first_models(services: Services) -> list[str]:
    """The spec's own where it is there, else the first that writes."""
    names = [entry.name for entry in able(services, "causal-lm")]
    return list(_START.models) if set(_START.models) <= set(names) else names[:1]


def _is_further(name: str, knob: Knob) -> bool:
    return name not in _APART
