"""What of the form hangs on the task, the model that learns and its teacher, if there is one."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.choosers import put
from app.fine_tune import form as form_parts
from app.fine_tune.bases import template_for
from app.fine_tune.form import TuneForm
from app.fine_tune.teacher_part import TeacherPart, fitting, is_taught, method_for, student_label, students
from app.job_panel.access import seen_model
from app.row_sets import sample_for
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.training.tuning.tasks import task_named


@dataclass(frozen=True)
class Study:
    """Every method gives updates of the form's components; ``given`` are the values of all its inputs."""

    services: Services
    form: TuneForm
    task: gr.Dropdown
    base: gr.Dropdown
    teacher: TeacherPart
    dataset: gr.Dropdown
    columns: Any

    def tasked(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """Another task: a base and a bundled sample that it can take, and what it asks for."""
        task = task_named(given[self.task])
        offered = students(self.services, task.name, given[self.teacher.teacher], request)
        names = [name for _, name in offered]
        base = given[self.base] if given[self.base] in names else (names or [None])[0]
        return {
            self.task: gr.Dropdown(info=task.words),
            self.base: gr.update(choices=offered, label=self._called(given), **put(given[self.base], base)),
            self.dataset: sample_for(self.services, task.name),
            self.columns: "",
            **self.studied(given | {self.base: base}, request),
        }

    def taught(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """A teacher, or none any more: who can be its student, and by which method."""
        task, teacher = given[self.task], given[self.teacher.teacher]
        offered = students(self.services, task, teacher, request)
        base = fitting(offered, given[self.base], teacher, is_taught(task, teacher))
        picked = gr.update(choices=offered, label=self._called(given), **put(given[self.base], base))
        return {self.base: picked, **self.studied(given | {self.base: base}, request)}

    def studied(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """What hangs on task, model and teacher."""
        fields = self.form.fields
        task, base, teacher = given[self.task], given[self.base], given[self.teacher.teacher]
        taught = is_taught(task, teacher)
        method = method_for(given[fields["method"]], taught, base)
        words = form_parts.method_words(method)
        choices = form_parts.method_choices(taught)
        return {
            fields["method"]: gr.update(choices=choices, info=words, **put(given[fields["method"]], method)),
            **self.form.rated(given | {fields["method"]: method}),
            **self._template(base or (teacher if taught else base), request),
            **self.seen(task, method, teacher, base),
        }

    def _called(self, given: dict[Any, Any]) -> str:
        return student_label(is_taught(given[self.task], given[self.teacher.teacher]))

    def seen(self, task: str, method: str, teacher: str, base: str) -> dict[Any, Any]:
        """Which parts of the form."""
        return {**self.form.parts(task, method), **self.teacher.shown(task, teacher, base)}

    def _template(self, base: str | None, request: gr.Request) -> dict[Any, Any]:
        """The chat template that suits the base. A model that is not here is not fetched for it."""
        field = self.form.fields["chat_template"]
        try:
            parsed = parse(base)
            if parsed.source is Source.HUB and not on_disk(parsed.rest):
                return {field: "model"}
            return {field: template_for(seen_model(self.services, base, request))}
        except GlassworksError:
            return {field: gr.skip()}
