"""The tab as a whole: the form on the left; beside it what it will learn from, the run, or a model to try."""

from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from app.edits import edits
from app.errors import message_of
from app.fine_tune import form as form_parts
from app.fine_tune.after_part import AfterPart
from app.fine_tune.bases import bases_for
from app.fine_tune.check_part import BEFORE, CheckPart
from app.fine_tune.checking import dropped_from, mend_of, without
from app.fine_tune.compare_methods_part import CompareMethodsPart
from app.fine_tune.data_part import DataPart
from app.fine_tune.estimate import estimated_html
from app.fine_tune.form import TAB, TuneForm
from app.fine_tune.study import Study
from app.fine_tune.teacher_part import TeacherPart, is_taught, student_label, students
from app.fine_tune.try_part import TryPart
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import seen_job, submit
from app.job_panel.offers import settings_words
from app.links import LINK_JS
from app.opening import holding, when_linked, when_opened
from app.redraw import Redraw, again
from app.row_sets import sample_for
from app.services import Services
from app.tabs.compare_part import ComparePart, Place
from app.tabs.pretrain_views import error_html
from app.zero_gpu import training_note
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id

_LEAD = (
    "Have a model learn from rows of your own: see what is learnt and what is wrong with the rows before it "
    "starts, and what came of it after."
)
_HINT = (
    "No run yet. As it stands, the form tunes the house's story model on a bundled sample for {steps} steps: "
    "press Start fine-tuning, and curves and sample answers appear here."
)
_QUICK = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "always_last",
    "queue": False,
}
_VIEWS = [("Before the run", BEFORE), ("The run", "run"), ("Try an encoder", "try")]
_VIEW_JS = f"(job) => job ? 'run' : '{BEFORE}'"  # a job that is begun, linked to or remembered is looked at
_ACTING = {**_QUICK, "trigger_mode": "once"}
_BESIDE = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 4}
TUNING = ("sft", "encoder", "distill")  # the kinds of job whose runs are laid over each other here
# These have an event of their own, or change nothing that is shown.
_APART = ("task", "base", "teacher", "dataset", "columns", "method", "validation", "name", "sample_prompts")


class FineTune:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        self._services = services
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        training_note(services)
        hint = _HINT.format(steps=form_parts.FIRST["max_steps"])
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs gw-tune-form"):
                self._inputs()
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result gw-tune-result"):
                self.view = gr.Radio(
                    _VIEWS, value=BEFORE, label="Beside the form", show_label=False, container=False,
                    elem_id="tune-view", elem_classes="gw-tune-view",
                )  # fmt: skip
                with gr.Column(elem_classes="gw-tune-before"):
                    self.check = CheckPart(services, self.view)
                    self.data.rows_part()
                with gr.Column(elem_classes="gw-tune-run"):
                    self.panel: JobPanel = job_panel(
                        services, remember="glassworks-tune-job", hint=hint, mendable=True
                    )
                self.trying = TryPart(services)
                self.after = AfterPart(services, self.panel, self.trying)
        self.methods = CompareMethodsPart(services, self.form, self.check)
        self.runs = ComparePart(services, Place(TAB, "tuned", TUNING, "Fine-tune"))

    def _inputs(self) -> None:
        services, task = self._services, form_parts.FIRST["task"]
        self.task = form_parts.task_picker()
        offered = bases_for(services, task)
        self.base = gr.Dropdown(
            offered,
            value=offered[0][1] if offered else None,
            label=student_label(taught=False),
            info="Or type a Hub name, or path:<folder>.",
            allow_custom_value=True,
            elem_id="tune-base",
        )
        self.data = DataPart(services, sample_for(services, task))
        settings, parts = form_parts.settings(between=self._starting)
        placed = {"task": self.task, "base": self.base, "name": self.name, **self.data.fields}
        placed |= self.teacher.fields
        self.form = TuneForm({**placed, **settings}, **parts)
        shown = (self.task, self.base, self.teacher, self.data.dataset, self.data.columns)
        self.study = Study(services, self.form, *shown)

    def _starting(self) -> None:
        """The button, what pressing it takes, and what is further to be set."""
        self.start = gr.Button("Start fine-tuning", variant="primary", elem_id="fine-tune-start")
        self.error = gr.HTML()
        self.estimate = gr.HTML(elem_classes="gw-estimate-view")
        named = {"label": "Name", "info": "How the run is called in lists.", "max_length": 80, "max_lines": 1}
        self.name = gr.Textbox(**named, elem_id="tune-name")
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
        self.data.roles_part()
        self.teacher = TeacherPart(self._services)

    # Wiring.

    def wire(self) -> None:
        every, fields, data, study = self.form.inputs, self.form.fields, self.data, self.study
        typed = [edits(c) for n, c in fields.items() if n not in _APART]
        self._redraw, self._retell = Redraw(), Redraw()
        self._redraw.wire(self._data_drawn, every, data.drawing, queue=False)
        self._retell.wire(self._told, every, self._telling, *typed, queue=False)
        self._shaping(self.task.input, self._shaped(study.tasked), self._by_task)
        self._shaping(self.base.input, self._shaped(study.studied), self._by_student)
        self._shaping(self.teacher.teacher.input, self._shaped(study.taught), [self.base, *self._by_student])
        self._shaping(data.dataset.input, self._picked, [data.columns])
        self._shaping(data.format.input, self._reformatted, [data.columns, self.error])
        # One event for all slots, so that a role that is chosen quickly after another is not lost.
        self._shaping(partial(gr.on, [slot.input for slot in data.slots]), self._mapped, [data.columns])
        self._shaping(data.add.click, self._added, data.added_to, [data.text, data.title, data.file])
        method = [fields["method"], fields["learning_rate"], *self._parts]
        self._retell.after(fields["method"].input(self._methoded, every, method, **_QUICK).then)
        checking = [*self.check.outputs, self.error]
        self.check.go.click(self._checked, every, checking, **_BESIDE)
        self.start.click(self._start, every, [self.panel.job_id, *checking], **_BESIDE)
        mended = self.check.findings.select(self._mended, every, [*fields.values(), self.error], **_ACTING)
        self._redraw.after(mended.success)
        self._retell.after(mended.success).then(self._checked, every, checking, **_BESIDE)
        offered = {*every, self.panel.job_id}
        self.panel.mended(self._lessened, offered, [*fields.values(), *self._drawing], **_ACTING)
        values = list(fields.values())
        self.link.click(None, values, js=LINK_JS.format(tab=TAB, names=list(fields)))
        self.panel.job_id.change(None, self.panel.job_id, self.view, js=_VIEW_JS)
        self.trying.wire()
        self.after.wire()
        self.methods.wire(self.estimate)
        self.runs.wire()
        self.runs.follow(self.methods.curves.click, self.methods.runs_of, self.methods.chosen)
        self._wire_opening()

    def _wire_opening(self) -> None:
        inputs = [*self.form.inputs]

        def opened(request: gr.Request, *values: Any) -> dict[Any, Any]:
            given = dict(zip(inputs, values, strict=True))
            drawing = {self._redraw.asked: again(), self._retell.asked: again()}
            return {**self._offered(given, request), **drawing}

        offered = [self.base, self.teacher.teacher, self.data.dataset, self.data.validation]
        when_opened(opened, inputs, [*offered, self._redraw.asked, self._retell.asked])
        when_linked(self._linked, [*dict.fromkeys([*self.form.inputs, *self._parts]), self.panel.job_id])

    def _shaping(self, event: Any, handler: Any, outputs: list[Any], more: Any = ()) -> None:
        """An event that changes what the run is about: data, roles and estimate are drawn after it, and what
        was checked before no longer holds."""
        data = self.data
        inputs = {*self.form.inputs, data.format, *data.slots, *more}
        changed = event(handler, inputs, [*outputs, *self.check.outputs], **_QUICK)
        self._redraw.after(changed.success)
        self._retell.after(changed.success)

    @property
    def _parts(self) -> list[Any]:
        return [*self.form.lora, *self.form.other, self.form.sft, self.form.fill, *self.teacher.parts]

    @property
    def _by_base(self) -> list[Any]:
        return [self.form.fields["chat_template"]]

    @property
    def _by_student(self) -> list[Any]:
        fields = self.form.fields
        return [*self._by_base, fields["method"], fields["learning_rate"], *self._parts]

    @property
    def _by_task(self) -> list[Any]:
        return [self.task, self.base, self.data.dataset, self.data.columns, *self._by_student]

    @property
    def _telling(self) -> list[Any]:
        return [self.estimate, self.error]

    @property
    def _drawing(self) -> list[Any]:
        return [*self.data.drawing, *self._telling]

    # Callbacks: validate, one service call, format.

    def _shaped(self, change: Callable[..., dict[Any, Any]]) -> Callable[..., dict[Any, Any]]:
        def shaped(given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
            return {**change(given, request), **self.check.cleared()}

        return shaped

    def _picked(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """Other data: its columns are guessed anew."""
        return {self.data.columns: "", **self.check.cleared()}

    def _reformatted(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            task, dataset, format = (given[c] for c in (self.task, self.data.dataset, self.data.format))
            columns = self.data.reformatted(task, dataset, format, request)
            return {self.data.columns: columns, self.error: "", **self.check.cleared()}

        return self._inline(answer)

    def _mapped(self, given: dict[Any, Any]) -> dict[Any, Any]:
        slots = [given[slot] for slot in self.data.slots]
        columns = self.data.mapped(given[self.task], given[self.data.format], *slots)
        return {self.data.columns: columns, **self.check.cleared()}

    def _added(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        data = self.data
        made = data.added(given[data.text], given[data.title], given[data.file], request)
        return {**made, **self.check.cleared()} if data.dataset in made else made

    def _methoded(self, given: dict[Any, Any]) -> dict[Any, Any]:
        method = given[self.form.fields["method"]]
        words = gr.Dropdown(info=form_parts.method_words(method))
        changed = {**self.form.rated(given), **self.form.parts(given[self.task], method)}
        return {self.form.fields["method"]: words, **changed}

    def _told(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """What the run takes, or at once what is wrong with a value."""

        def answer() -> dict[Any, Any]:
            if not self.form.is_begun(given):
                return {self.estimate: "", self.error: ""}
            made = estimated_html(self._services, self.form.spec(given), request)
            return {self.estimate: made, self.error: ""}

        return self._inline(answer)

    def _data_drawn(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        task, dataset, columns = (given[c] for c in (self.task, self.data.dataset, self.data.columns))
        return self.data.drawn(task, dataset, columns, request)

    def _drawn(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        return {**self._data_drawn(given, request), **self._told(given, request)}

    def _checked(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        try:
            spec = self.form.spec(given)
        except GlassworksError as error:
            yield {self.error: error_html(str(error))}
            return
        for updates, _ in self.check.shown(spec, request):
            yield {self.error: "", **updates}

    def _start(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Check first; what blocks is shown, and nothing starts."""
        checked = None
        try:
            spec = self.form.spec(given)
            for updates, found in self.check.shown(spec, request):
                checked = found
                yield {self.error: updates[self.check.status], **updates}
            if checked is None:
                return
            if checked.blocked:
                yield {self.error: error_html(_BLOCKED)}
                return
            job = submit(self._services, form_parts.kind_of(spec), spec, request)
        except Exception as error:
            yield {self.error: error_html(message_of(error))}
            return
        yield {self.panel.job_id: job.id, self.error: ""}

    def _mended(self, given: dict[Any, Any], event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """Change the form as a finding's button says: fields of the spec, or data with rows left out."""

        def answer() -> dict[Any, Any]:
            mend, fields = mend_of(event.value), self.form.fields
            if "drop_rows" in mend:
                field = fields[dropped_from(mend)]
                made = without(self._services, given[field], mend["drop_rows"], request)
                return {**self.data.offered(request, {field: made.id}), self.error: ""}
            values = {fields[name]: value for name, value in mend.items() if name in fields}
            self.form.spec({**given, **values})
            texts = {c: "\n".join(v) if isinstance(v, (list, tuple)) else v for c, v in values.items()}
            return {**texts, self.error: ""}

        return self._inline(answer)

    def _lessened(self, given: dict[Any, Any], event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """What the panel offers after a run that did not fit the memory: set in the form, all else as typed,
        and said beside the button that starts it."""

        def answer() -> dict[Any, Any]:
            mend, fields = mend_of(event.value), self.form.fields
            values = {fields[name]: value for name, value in mend.items() if name in fields}
            spec = self.form.spec({**given, **values}).to_dict()
            job = seen_job(self._services, given[self.panel.job_id], request)
            read = {name: value for name, value in mend.items() if name in spec}
            others = [
                name
                for name, value in spec.items()
                if name not in (*mend, "name") and value != job.spec.get(name, value)
            ]
            told = self._drawn({**given, **values}, request)
            return {**told, **values, self.error: told[self.error] or _set_html(read, others)}

        return self._inline(answer)

    def _offered(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """This visitor's models and data of today; never another value in the place of a chosen one."""
        task, teacher = given[self.task], given[self.teacher.teacher]
        bases = gr.Dropdown(choices=students(self._services, task, teacher, request))
        return {self.base: bases, **self.teacher.offered(request), **self.data.offered(request)}

    def _linked(self, request: gr.Request) -> Any:
        """What a shared link holds: the form's fields, or a job to show."""
        query = dict(request.query_params)
        if query.get("tab") != TAB:
            return {}
        linked = form_parts.linked(request, self._standing())
        updates: dict[Any, Any] = {self.form.fields[name]: value for name, value in linked.items()}
        if linked:
            now = self._standing() | linked
            parts = self.study.seen(*(now[name] for name in ("task", "method", "teacher", "base")))
            called = student_label(is_taught(now["task"], now["teacher"]))
            words = form_parts.method_words(now["method"])
            parts |= {self.base: gr.update(label=called), self.form.fields["method"]: gr.update(info=words)}
            updates |= {p: holding(u, updates[p]) if p in updates else u for p, u in parts.items()}
        if is_id(query.get("job")):
            updates[self.panel.job_id] = query["job"]
        return updates

    def _standing(self) -> dict[str, Any]:
        """Field name → what the form shows first."""
        return form_parts.defaults() | {
            "base": self.base.value or "",
            "dataset": self.data.dataset.value or "",
        }

    def _inline(self, answer: Callable[[], dict[Any, Any]]) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            return answer()
        except Exception as error:
            return {self.error: error_html(message_of(error))}


def _set_html(mend: dict[str, Any], others: list[str]) -> str:
    """What was set, and how the form differs from the run beside it."""
    differs = f" It differs from that run in {', '.join(others)}." if others else ""
    said = f"Set: {settings_words(mend)}.{differs} Start fine-tuning tries again."
    return f'<p class="gw-done" role="status"><b>✓</b> {escape(said)}</p>'


_BLOCKED = "It cannot start with these rows: see what the check has found, with the way to mend it."
