"""The teacher of a distillation: none, or a larger model whose probabilities are learnt too; how far it has a
say, and how large a new student is.
"""

from typing import Any

import gradio as gr

from app.fine_tune.bases import bases_for
from app.fine_tune.form import TEACHABLE, components, job_of
from app.services import Services
from pipelines.training.tuning.distillation.specs import METHODS

NEW = ("A new small model", "")
_NONE = ("None: the rows alone", "")
_SAY = ("alpha", "temperature")
_SIZES = ("num_layers", "hidden_size", "num_heads")
_DETAILS = ("mixture", "architecture", "context_length")


class TeacherPart:
    """Laid out in the present place of the page. ``fields`` are those of the spec."""

    def __init__(self, services: Services):
        self._services = services
        with gr.Accordion("Teacher (distillation)", open=False, elem_classes="gw-more") as self.column:
            self.teacher = gr.Dropdown(
                [_NONE, *bases_for(services, TEACHABLE)],
                value="",
                label="Teacher",
                info="A larger model with the same tokens: a small student learns its probabilities too.",
                allow_custom_value=True,
                elem_id="tune-teacher",
            )
            with gr.Column(visible=False, elem_classes="gw-tune-part") as self.taught:
                with gr.Row(elem_classes="gw-tune-numbers"):
                    fields = components(_SAY)
                fields |= components(("divergence",))
                with gr.Row(visible=False, elem_classes="gw-tune-numbers") as self.sizes:
                    fields |= components(_SIZES)
                with gr.Accordion("Distillation in detail", open=False, elem_classes="gw-more"):
                    fields |= components(_DETAILS)
        self.fields = {"teacher": self.teacher, **fields}

    @property
    def parts(self) -> list[Any]:
        """What is to be seen for some tasks and students only."""
        return [self.column, self.taught, self.sizes]

    def shown(self, task: str, teacher: str, base: str) -> dict[Any, Any]:
        """The parts for this choice."""
        taught = is_taught(task, teacher)
        opened = {"open": True} if taught else {}  # a link may bring one
        return {
            self.column: gr.Accordion(visible=job_of(task) == "sft", **opened),
            self.taught: gr.Column(visible=taught),
            self.sizes: gr.Row(visible=taught and not base),
        }

    def offered(self, request: gr.Request) -> dict[Any, Any]:
        """This visitor's models of today."""
        return {self.teacher: gr.Dropdown(choices=[_NONE, *bases_for(self._services, TEACHABLE, request)])}


def is_taught(task: str, teacher: str | None) -> bool:
    return job_of(task, teacher) == "distill"


def student_label(taught: bool) -> str:
    """What the model that learns is called."""
    return "Student" if taught else "Base model"


def students(
    services: Services, task: str, teacher: str | None, request: gr.Request | None
) -> list[tuple[str, str]]:
    """(label, name) of the models that the task can tune, with a teacher also a new one."""
    return [*([NEW] if is_taught(task, teacher) else []), *bases_for(services, task, request)]


def fitting(offered: list[tuple[str, str]], base: str | None, teacher: str | None, taught: bool) -> str:
    """The student to go on with: the one that is chosen, unless it is its own teacher or none."""
    if taught:
        return "" if not base or base == teacher else base
    return base or next((name for _, name in offered), "")


def method_for(method: str, taught: bool, base: str) -> str:
    """A method that this student can learn by."""
    if not taught or (method in METHODS and base):
        return method
    return "full" if not base or method not in METHODS else method
