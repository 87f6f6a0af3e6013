"""Tasks put to models: the form on the left; beside it what is known of the tasks, the run, and its figures
as they come.
"""

import json
from typing import Any

import gradio as gr

from app.access import check_model
from app.edits import edits
from app.errors import message_of, shown
from app.evaluate.code import NOTHING, evaluate_code, written_of
from app.evaluate.figures_view import progressed_html
from app.evaluate.run_form import EvalForm, first_models
from app.evaluate.tasks_view import tasks_html
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import seen_job, seen_model, submit
from app.opening import when_linked, when_opened
from app.prompt_lab.form import model_choices
from app.python_code import code_html
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id
from pipelines.evaluation.specs import EvalSpec
from pipelines.models.names import Source, parse

TAB, KIND = "evaluate", "evaluate"
_HINT = (
    "No run yet. As it stands, the form has the house's story model choose the endings of short stories, "
    "which takes seconds. Press Start the evaluation."
)
_LINK_JS = f"(spec) => spec && glassworks.copyLink('{TAB}', ['spec'], [spec])"
_PICK_JS = "glassworks.evaluate.pick(element, trigger); // 'select'"
_MOST_LINK = 20_000  # characters
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUICK, "trigger_mode": "always_last"}


class RunPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.form = EvalForm(services)
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs gw-ask-form"):
                self.form.main()
                self.start = gr.Button("Start the evaluation", variant="primary", elem_id="eval-start")
                self.error = gr.HTML(elem_id="eval-error")
                self.form.rest()
                with gr.Row(elem_classes="gw-toolbar"):
                    self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
                self.link_text = gr.Textbox("", visible=False)
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result"):
                start = EvalSpec().tasks
                self.about = gr.HTML(tasks_html(start), elem_id="eval-about")
                self.panel: JobPanel = job_panel(services, remember="glassworks-evaluate-job", hint=_HINT)
                self.found = gr.HTML(elem_id="eval-found", js_on_load=_PICK_JS)
                with gr.Accordion(
                    "The same in Python", open=False, elem_classes="gw-more", elem_id="eval-fold"
                ):
                    self.code = gr.HTML(NOTHING, elem_id="eval-code")

    def wire(self) -> None:
        form, panel = self.form, self.panel
        every = {*form.inputs}
        told = [form.tasks.change, *(edits(one) for one in form.inputs if one is not form.tasks)]
        telling = [self.error, self.about, self.link_text, self.code, form.part]
        gr.on(told, self._told, every, telling, **_LIVE)
        form.part.input(form.narrowed, [form.tasks, form.part], form.tasks, **_QUICK)
        form.upload.change(shown(form.uploaded), form.upload, form.file, **_QUICK)
        self.start.click(
            self._start, every, [panel.job_id, self.error], show_progress="hidden",
            api_visibility="private", concurrency_limit=4,
        )  # fmt: skip
        self.link.click(None, self.link_text, None, js=_LINK_JS)
        moved = [panel.job_id.change, panel.parts.grown.change, panel.parts.turned.change]
        gr.on(moved, self._found, panel.job_id, self.found, **_LIVE)
        when_opened(self._opened, form.models, [form.models, form.tasks])
        when_linked(self._linked, [*form.inputs, form.part, panel.job_id])

    # Callbacks: validate, one service call, format. Each is public and checks on its own who asks.

    def _told(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """What the tasks are, and at once what is wrong with a value."""
        form = self.form
        tasks = [str(one) for one in given[form.tasks] or ()]
        known = {self.about: tasks_html(tasks), form.part: form.parts(tasks)}
        try:
            spec = form.spec(given)
            text = json.dumps(spec.to_dict())
        except Exception as error:
            return {**known, self.error: error_html(message_of(error)), self.link_text: ""}
        return {**known, self.error: "", self.link_text: text, self.code: self._code(spec, request)}

    def _code(self, spec: EvalSpec, request: gr.Request) -> str:
        """Empty where a model is not for this visitor: the start says so."""
        try:
            visitor = self._services.identity.visitor(request)
            for name in written_of(spec.models):
                check_model(name, visitor)
                if parse(name).source is Source.RUN:
                    seen_model(self._services, name, request)
            code = evaluate_code(self._services, visitor, spec)
        except GlassworksError:
            return ""
        return code_html(code) if code else NOTHING

    def _start(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            job = submit(self._services, KIND, self.form.spec(given), request)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.panel.job_id: job.id, self.error: ""}

    def _found(self, job_id: str, request: gr.Request) -> str:
        """The figures so far; of no run of this visitor's, and before the first item, none."""
        try:
            job = seen_job(self._services, job_id, request) if job_id else None
            if job is None or job.kind != KIND:
                return ""
            return progressed_html(self._services.evaluation.under_way(job.id))
        except GlassworksError:
            return ""

    def _opened(self, models: list[str] | None, request: gr.Request) -> dict[Any, Any]:
        """The models and corpora of today; never another value in the place of a chosen one."""
        form = self.form
        chosen = {} if models else {"value": first_models(self._services)}
        return {
            form.models: gr.Dropdown(choices=model_choices(self._services), multiselect=True, **chosen),
            form.tasks: gr.Dropdown(choices=form.offered(request)),
        }

    def _linked(self, request: gr.Request) -> dict[Any, Any]:
        """What a shared link holds: a run's settings, or a job to show. A link is what anyone may have
        written: it goes through the spec, and one that does not fit is left out."""
        query = dict(request.query_params)
        updates: dict[Any, Any] = {}
        if query.get("tab") == TAB and len(query.get("spec", "")) <= _MOST_LINK:
            try:
                updates = self.form.shown(EvalSpec.from_dict(json.loads(query.get("spec", "null"))))
            except (GlassworksError, ValueError, TypeError, RecursionError):
                updates = {}
        if query.get("tab") == TAB and is_id(query.get("job")):
            updates[self.panel.job_id] = query["job"]
        return updates
