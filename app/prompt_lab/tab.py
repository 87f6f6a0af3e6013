"""The tab as a whole: the form of a run on the left; beside it what will be asked, or the run and what it has
found.
"""

import hashlib
import json
from typing import Any

import gradio as gr

from app.edits import edits
from app.errors import message_of
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import submit
from app.opening import when_linked, when_opened
from app.prompt_lab import before_view as views
from app.prompt_lab.before_part import COUNTING, BeforePart
from app.prompt_lab.fields import another
from app.prompt_lab.form import LabForm, first_models, model_choices
from app.prompt_lab.presets import PRESETS
from app.prompt_lab.results_part import ResultsPart
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id
from pipelines.prompting.calls import Item
from pipelines.prompting.lab.questions import Questions
from pipelines.prompting.specs import OWN, PromptLabSpec
from pipelines.prompting.strategies.registry import STRATEGIES

TAB = "prompt-lab"
BEFORE, RUN = "before", "run"
_LEAD = (
    "Put the same labelled questions to a model in several ways, and see which way of asking is right more "
    "often, by how much, and at what cost."
)
_HINT = "No run yet. Press Start the run: what it asks and finds appears here as it goes."
_VIEWS = [("Before the run", BEFORE), ("The run", RUN)]
_VIEW_JS = f"(job) => job ? '{RUN}' : '{BEFORE}'"  # a job that is begun, linked to or remembered is looked at
_TOO_LONG = "!"  # in the place of a spec
_LINK_JS = f"""(spec) => spec === '{_TOO_LONG}'
    ? glassworks.say('With items of your own this is too long for a link: save them as a file')
    : spec && glassworks.copyLink('{TAB}', ['spec'], [spec])"""
_MOST_LINK = 20_000  # characters
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUICK, "trigger_mode": "always_last"}
_ASKING = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "concurrency_limit": 4,
}


class PromptLab:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        self._services = services
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        with gr.Row(elem_classes="gw-ask-presets"):
            gr.HTML("<b>Examples</b>")
            self.presets = {
                name: gr.Button(preset.words, size="sm", min_width=60, scale=0, elem_id=f"lab-preset-{name}")
                for name, preset in PRESETS.items()
            }
        self.form = LabForm(services)
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs gw-ask-form"):
                self.form.main()
                self._starting()
                self.form.rest(self._linking)
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result gw-ask-result"):
                self.view = gr.Radio(
                    _VIEWS, value=BEFORE, label="Beside the form", show_label=False, container=False,
                    interactive=True,
                    elem_id="lab-view", elem_classes="gw-tune-view",
                )  # fmt: skip
                with gr.Column(elem_classes="gw-ask-before"):
                    self.before = BeforePart(services)
                with gr.Column(elem_classes="gw-ask-run"):
                    self.panel: JobPanel = job_panel(services, remember="glassworks-lab-job", hint=_HINT)
                    self.results = ResultsPart(services)
        self.poked = signal()  # another word after a change that no field's event tells of
        self.asked = signal()  # stands for the grid as it was last told: changes with it

    def _starting(self) -> None:
        self.start = gr.Button("Start the run", variant="primary", elem_id="lab-start")
        self.error = gr.HTML(elem_id="lab-error")
        self.size = gr.HTML(elem_id="lab-size-line")

    def _linking(self) -> None:
        self.link_text = gr.Textbox("", visible=False)
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)

    # Wiring.

    def wire(self) -> None:
        form, before, task = self.form, self.before, self.form.task
        every = {*form.inputs, self.poked, before.cell}
        for several in (form.prompts, form.decodings):
            several.wire(self.poked)
        for name, button in self.presets.items():
            button.click(self._preset(name), every, [*form.outputs, self.poked, self.error], **_QUICK)
        owned = [*task.outputs, self.poked]
        task.add.click(self._added, {task.text, task.file, self.poked}, owned, **_QUICK)
        chosen = {task.task, self.poked}
        task.task.input(self._tasked, chosen, [task.task, task.part, self.poked], **_QUICK)
        ticks = form.strategies.ticks
        ticks.input(form.strategies.seen, ticks, list(form.strategies.folds.values()), **_LIVE)
        # One event for all that changes the grid: of two, the later answer could be to the older question.
        apart = (
            task.task,
            task.items,
            form.prompts.held,
            form.prompts.at,
            form.decodings.held,
            form.decodings.at,
        )
        typed = [edits(one) for one in form.inputs if one not in apart]
        gr.on([*typed, self.poked.change], self._told, every, self._telling, **_LIVE)
        self.asked.change(self._sized, every, before.size, **_ASKING)
        looking = [self.asked.change, before.cell.input, before.way.input, before.item.change]
        gr.on(looking, self._looked, {*every, *before.choices}, before.look, **_ASKING)
        answers = form.answers
        tried = [self.asked.change, *map(edits, (*answers.inputs, answers.sample))]
        gr.on(tried, self._tried, {*every, answers.sample}, answers.tried, **_LIVE)
        edits(form.tools.table)(form.tools.table_html, form.tools.table, form.tools.read, **_LIVE)
        self.start.click(
            self._start, every, [self.panel.job_id, self.error], show_progress="hidden",
            api_visibility="private", concurrency_limit=4,
        )  # fmt: skip
        self.link.click(None, self.link_text, None, js=_LINK_JS)
        self.panel.job_id.change(None, self.panel.job_id, self.view, js=_VIEW_JS)
        self.panel.job_id.change(
            lambda job: job or gr.skip(), self.panel.job_id, self.results.job_id, **_QUICK
        )
        self.results.follow(self.panel.parts.turned.change(lambda: None, None, None, **_QUICK))
        self.results.wire()
        when_opened(
            self._opened,
            [form.models, self.poked],
            [form.models, form.tools.python, form.tools.collection, self.poked],
        )
        when_linked(self._linked, [*form.outputs, self.panel.job_id])

    @property
    def _telling(self) -> list[Any]:
        form = self.form
        numbered = [
            form.strategies.fields[name].components[field]
            for name, kind in STRATEGIES.items()
            for field in kind.for_numbers
        ]
        outputs = [self.error, self.size, self.asked, self.link_text, self.before.items, self.before.cell]
        return [*outputs, form.task.turning, *numbered]

    # Callbacks: validate, one service call, format. Each is public and checks on its own who asks.

    def _told(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """What the grid is, or at once what is wrong with a value."""
        form = self.form
        try:
            spec = form.spec(given)
            told, questions = self.before.told(spec, given[self.before.cell])
        except Exception as error:
            return {self.error: error_html(message_of(error)), self.size: "", self.link_text: ""}
        text = json.dumps(spec.to_dict())
        items = len(questions.asked.items) if questions else spec.n
        numbers = questions is None or questions.numbers
        turns = spec.rotate or any(item.choices for item in (questions.asked.items if questions else ()))
        return {
            **told,
            **form.strategies.numbered(given, numbers),
            self.error: "",
            form.task.turning: gr.Checkbox(visible=turns),
            self.size: views.size_line_html(spec, items) + "".join(map(views.note_html, _notes(spec))),
            self.asked: hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
            self.link_text: text if len(text) <= _MOST_LINK else _TOO_LONG,
        }

    def _tasked(self, given: dict[Any, Any]) -> dict[Any, Any]:
        task = self.form.task
        return {**task.chosen(str(given[task.task] or "")), self.poked: another(given[self.poked])}

    def _sized(self, given: dict[Any, Any], request: gr.Request) -> Any:
        spec = self._spec(given)
        if spec is None:
            yield gr.skip()
            return
        yield COUNTING
        yield self.before.sized_html(spec, request)

    def _looked(self, given: dict[Any, Any], request: gr.Request) -> Any:
        spec, before = self._spec(given), self.before
        if spec is None:
            return gr.skip()
        return before.looked_html(spec, given[before.cell], given[before.item], given[before.way], request)

    def _tried(self, given: dict[Any, Any]) -> str:
        return self.form.answers.tried_html(given, self._items(given))

    def _added(self, given: dict[Any, Any]) -> dict[Any, Any]:
        task = self.form.task
        return {**task.added(given[task.text], given[task.file]), self.poked: another(given[self.poked])}

    def _preset(self, name: str) -> Any:
        def fill(given: dict[Any, Any]) -> dict[Any, Any]:
            """The models stay: an example is about the ways of asking."""
            fields = dict(PRESETS[name].fields)
            models = given[self.form.models] or first_models(self._services)
            spec = PromptLabSpec.from_dict(fields | ({"models": tuple(models)} if models else {}))
            updates = self._shown(spec.to_dict())
            if not models:
                updates[self.form.models] = []
            return {**updates, self.error: "", self.poked: another(given[self.poked])}

        return fill

    def _start(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            spec = self.form.spec(given)
            self.before.told(spec, 0)  # what does not fit together is refused before the queue
            job = submit(self._services, "prompt_lab", spec, request)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.panel.job_id: job.id, self.error: ""}

    def _opened(self, models: list[str] | None, poked: str, request: gr.Request) -> dict[Any, Any]:
        """The models and collections of today; never another value in the place of a chosen one."""
        form = self.form
        chosen = {} if models else {"value": first_models(self._services)}
        return {
            form.models: gr.Dropdown(choices=model_choices(self._services), **chosen),
            form.tools.python: form.tools.python_html(),
            form.tools.collection: form.tools.offered(request),
            self.poked: another(poked),
        }

    def _linked(self, request: gr.Request) -> dict[Any, Any]:
        """What a shared link holds: a run's settings, or a job to show."""
        query = dict(request.query_params)
        if query.get("tab") != TAB:
            return {}
        updates = self._shown_of(query.get("spec", ""))
        if is_id(query.get("job")):
            updates[self.panel.job_id] = query["job"]
        return updates

    def _shown_of(self, text: str) -> dict[Any, Any]:
        """A link is what anyone may have written: it goes through the spec, and one that does not fit is left
        out."""
        if not text or len(text) > _MOST_LINK:
            return {}
        try:
            return self._shown(PromptLabSpec.from_dict(json.loads(text)).to_dict())
        except (GlassworksError, ValueError, TypeError, RecursionError):
            return {}

    def _shown(self, values: dict[str, Any]) -> dict[Any, Any]:
        return self.form.shown(values, numbers=True)

    def _spec(self, given: dict[Any, Any]) -> PromptLabSpec | None:
        try:
            return self.form.spec(given)
        except GlassworksError:
            return None

    def _items(self, given: dict[Any, Any]) -> tuple[Item, ...]:
        spec = self._spec(given)
        try:
            questions: Questions | None = self.before.told(spec, 0)[1] if spec else None
        except GlassworksError:
            questions = None
        return questions.asked.items if questions else ()


def _notes(spec: PromptLabSpec) -> list[str]:
    """What will bring little, though it can be asked."""
    names = [one.name for one in spec.strategies]
    without = [name for name in names if STRATEGIES[name].uses_examples]
    notes = []
    if without and not all(prompt.shots for prompt in spec.prompts):
        titles = ", ".join(STRATEGIES[name].title for name in without)
        notes.append(f"{titles} lives on examples: set Examples above 0 under Prompt.")
    if any(STRATEGIES[name].uses_tools for name in names) and not spec.tools.tools:
        notes.append("ReAct has no tool to call: tick one under Tools.")
    if spec.task == OWN and spec.n > 1 and not spec.items.strip():
        notes.append("There are no items yet.")
    return notes
