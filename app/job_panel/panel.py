"""The job panel itself: components, callbacks and wiring.

The panel holds nothing of a job on the server but each visitor's own cursor and thinned curves
(:class:`View` and :class:`Drawn`, each in a ``gr.State``); the job's directory is the truth. A tick reads the
events since the cursor and draws the head alone: to Gradio every output costs, also one that stays as it is.
What is drawn more rarely is fetched by the page itself, when the tick has put a new word into one of two
hidden fields: ``grown`` for curves, texts and log, ``turned`` for buttons and timer. A tick with nothing new
sends nothing, and a page in a hidden tab of the browser does not tick at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.job_panel import views
from app.job_panel.access import seen_job, seen_status, steer
from app.job_panel.export import events_text
from app.job_panel.history import History, folded
from app.job_panel.layout import label_of, lay_out
from app.job_panel.plots import plots_of
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.jobs.kinds import MODEL, result_of
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import Action, JobState

_WATCHED = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSING)
_NOTHING_YET = History()
_MAX_BLOCKS = 64  # of events at one go when a job is opened: a bound, not a limit that a job meets
_FULL = 1_000_000  # bytes; fewer at one go means that they were the last
_GROW_SECONDS = 4.0  # between two drawings of the curves, which cost the visitor's machine as well


@dataclass(frozen=True)
class View:
    """What one visitor has been shown of one job."""

    job_id: str = ""
    cursor: int = 0
    history: History = _NOTHING_YET
    mark: tuple[Any, ...] = ()  # the status as last drawn: an equal one needs no drawing
    grown: str = ""  # what stands in the hidden field


@dataclass(frozen=True)
class Drawn:
    """What this visitor's curves, texts and log show now, and since when (``time.monotonic``)."""

    cursor: int = -1
    history: History = _NOTHING_YET
    time: float = float("-inf")


class JobPanel:
    """``job_id`` decides which job is shown: write to it (a handler's output) and the panel follows.

    With ``remember`` it is kept in the browser under that key, so a refreshed page shows the job again. With
    ``mendable`` a job that has failed for want of memory offers other settings: ``mended`` is the event of a
    click on one, its value the fields as JSON.
    """

    def __init__(
        self,
        services: Services,
        remember: str | None = None,
        hint: str | None = None,
        mendable: bool = False,
    ):
        self._services, self._mendable = services, mendable
        self._hint = views.empty_html(hint) if hint else views.empty_html()
        self.parts = lay_out(remember, self._hint)
        self.job_id, self.view, self.drawn = self.parts.job_id, gr.State(View()), gr.State(Drawn())
        self._outputs = [self.view, self.drawn, *self.parts.outputs]
        self._wire()

    @property
    def mended(self) -> Any:
        return self.parts.head.select

    def follow(self, event: Any) -> None:
        """Show the job in ``job_id`` anew after an event of another part of the page."""
        event.success(self._open, [self.job_id, self.view], self._outputs, **_QUIET)

    def _wire(self) -> None:
        parts = self.parts
        self.job_id.change(self._open, [self.job_id, self.view], self._outputs, **_QUIET)
        known, head = [self.job_id, self.view, self.drawn], [self.view, parts.head, *parts.signals]
        parts.timer.tick(self._tick, known, head, trigger_mode="once", **_QUIET)
        parts.turned.change(self._turn, [self.job_id, self.view], self._outputs, **_QUIET)
        growing = [self.drawn, *parts.growing]
        chosen = [parts.checkpoint, parts.log_open]
        parts.grown.change(self._grow, [*known, *chosen], growing, **_QUIET)  # the last word is not dropped
        parts.checkpoint.input(self._choose, [self.view, parts.checkpoint], parts.sample, **_QUIET)
        for action, button in parts.buttons.items():
            if action is not Action.CANCEL:
                button.click(self._acting(action), [self.job_id, self.view], self._outputs, **_QUIET)
        cancel = parts.buttons[Action.CANCEL]
        cancel.click(lambda: gr.Row(visible=True), None, parts.confirm, **_QUIET)
        parts.keep.click(lambda: gr.Row(visible=False), None, parts.confirm, **_QUIET)
        acting = self._acting(Action.CANCEL)
        parts.discard.click(acting, [self.job_id, self.view], self._outputs, **_QUIET)
        told = parts.data.click(self._data, [self.job_id], parts.data_text, **_QUIET)
        told.success(None, [parts.data_text, self.job_id], None, js=_SAVE_JS)
        parts.tokenizer.wire(self._services, self.job_id, parts.data_text)
        parts.log_fold.expand(self._unfold_log, [self.job_id], [parts.log_open, parts.log], **_QUIET)
        parts.log_fold.collapse(lambda: False, None, parts.log_open, **_QUIET)

    # Callbacks: each is public and checks on its own who asks.

    def _open(self, job_id: str | None, view: View, request: gr.Request) -> dict[Any, Any]:
        """The whole job at once, whatever its state."""
        if not job_id:
            return self._nothing(self._hint)
        try:
            return self._whole(seen_status(self._services, job_id, request), view)
        except GlassworksError as error:
            return self._nothing(views.empty_html(message_of(error)))

    def _tick(self, job_id: str | None, view: View, drawn: Drawn, request: gr.Request) -> Any:
        """The head, and a word to the page where more is to be drawn."""
        parts = self.parts
        try:
            status = seen_status(self._services, job_id, request)
        except GlassworksError:
            return {parts.turned: "gone"}
        if view.job_id != job_id:  # a session that the server no longer knows, as after its restart
            return {parts.turned: "unknown"}
        newer = self._read(view)
        newer = replace(newer, mark=_mark(status), grown=_grown(newer, drawn, status))
        turned = " ".join((job_id, status.job.state, *status.actions))
        if newer == view:
            return gr.skip() if status.job.state in _WATCHED else {parts.turned: turned}
        head = views.head_html(status, newer.history, self._mendable)
        return {self.view: newer, parts.head: head, parts.grown: newer.grown, parts.turned: turned}

    def _turn(self, job_id: str | None, view: View, request: gr.Request) -> dict[Any, Any]:
        """Buttons and timer as they fit the job's state now."""
        if not job_id or view.job_id != job_id:
            return self._open(job_id, view, request)
        try:
            status = seen_status(self._services, job_id, request)
            return self._state_updates(status, view, view.history, first=False)
        except GlassworksError as error:
            return self._nothing(views.empty_html(message_of(error)))

    def _grow(
        self,
        job_id: str | None,
        view: View,
        drawn: Drawn,
        at: int | None,
        log_open: bool,
        request: gr.Request,
    ) -> dict[Any, Any]:
        """The curves, texts and log that have grown since they were drawn."""
        new, old = view.history, drawn.history
        updates = {self.drawn: Drawn(view.cursor, new, time.monotonic()), **plots_of(self.parts, new, old)}
        if old.checkpoints != new.checkpoints:
            updates |= self._sample_updates(new, old, at)
        if log_open and job_id:
            updates[self.parts.log] = self._services.jobs.log(seen_job(self._services, job_id, request).id)
        return updates

    def _acting(self, action: Action) -> Callable[..., Any]:
        @shown
        def act(job_id: str | None, view: View, request: gr.Request) -> dict[Any, Any]:
            job = steer(self._services, job_id, action.value, request)
            return self._open(job.id, view, request)

        return act

    def _choose(self, view: View, at: int | None) -> str:
        """The texts of one checkpoint; no server file is touched."""
        checkpoints = view.history.checkpoints
        index = min(max(int(at or 1), 1), max(1, len(checkpoints))) - 1
        return views.sample_html(checkpoints[index] if checkpoints else None, view.history.total)

    @shown
    def _unfold_log(self, job_id: str | None, request: gr.Request) -> tuple[bool, str]:
        if not job_id:
            return True, ""
        return True, self._services.jobs.log(seen_job(self._services, job_id, request).id)

    @shown
    def _data(self, job_id: str | None, request: gr.Request) -> str:
        """All events as they stand in the job's folder, a JSON object a line."""
        if not job_id:
            return ""
        return events_text(self._services.jobs, seen_job(self._services, job_id, request).id)

    # Reading and drawing.

    def _read(self, view: View) -> View:
        """The view with all events since its cursor."""
        for _ in range(_MAX_BLOCKS):
            events, cursor = self._services.jobs.events(view.job_id, view.cursor)
            more = cursor - view.cursor
            if more:
                view = replace(view, cursor=cursor, history=folded(view.history, events))
            if more < _FULL:
                break
        return view

    def _whole(self, status: JobStatus, before: View) -> dict[Any, Any]:
        """Everything of one job, whatever the page shows now (``before``)."""
        parts = self.parts
        view = replace(self._read(View(status.job.id, history=_begun(status))), mark=_mark(status))
        history, script = view.history, views.python_html(status.job)
        return {
            self.view: replace(view, grown=str(view.cursor)),
            self.drawn: Drawn(view.cursor, history, time.monotonic()),
            parts.head: views.head_html(status, history, self._mendable),
            **self._state_updates(status, before, history, first=True),
            **plots_of(parts, history, None),
            parts.watch: gr.Column(visible=not history.answers),
            **self._sample_updates(history, None, None),
            parts.log: self._services.jobs.log(status.job.id),
            parts.code: script,
            parts.code_fold: gr.Accordion(visible=bool(script)),
        }

    def _state_updates(self, status: JobStatus, view: View, history: History, first: bool) -> dict[Any, Any]:
        """Buttons and timer follow the state, and only a change of state sends them. A job that has ended
        before its first step has no figures to show.

        Where the page was last shown a job at work, one more tick is made before the timer rests: the job may
        have ended since the head was drawn, or a tick that is under way may yet draw an older one.
        """
        parts, result = self.parts, result_of(status.job.kind)
        labels = {a: label_of(a, result.noun) for a in parts.buttons}
        buttons = {b: gr.Button(labels[a], visible=a in status.actions) for a, b in parts.buttons.items()}
        bare = views.is_bare(status, history)
        training = gr.Column(visible=result is MODEL and not bare)
        figures = {parts.training: training, parts.data: gr.Button(visible=not bare)} if first or bare else {}
        figures |= {parts.tokenizer.column: gr.Column(visible=False)} if bare else {}
        shown_body = {parts.body: gr.Column(visible=True)} if first else {}
        tokenizer = parts.tokenizer.updates(status, first)
        watched = {parts.timer: gr.Timer(active=status.job.state in _WATCHED or _at_work(view))}
        # A question that stands there stays while it can still be answered with yes.
        answered = first or Action.CANCEL not in status.actions
        question = {parts.confirm: gr.Row(visible=False)} if answered else {}
        return {**buttons, **shown_body, **tokenizer, **figures, **watched, **question}

    def _sample_updates(self, history: History, old: History | None, at: int | None) -> dict[Any, Any]:
        """A new checkpoint is shown unless the visitor has moved the slider back to an older one."""
        count, before = len(history.checkpoints), len(old.checkpoints) if old else 0
        follows = old is None or at is None or int(at) >= before
        index = count if follows else min(int(at), count)
        slider = gr.Slider(maximum=max(2, count), value=max(1, index), visible=count > 1)
        chosen = history.checkpoints[index - 1] if count else None
        updates: dict[Any, Any] = {self.parts.checkpoint: slider}
        if follows or index != at:
            updates[self.parts.sample] = views.sample_html(chosen, history.total)
        return updates

    def _nothing(self, html: str) -> dict[Any, Any]:
        parts = self.parts
        hidden = {parts.body: gr.Column(visible=False), parts.timer: gr.Timer(active=False)}
        return {self.view: View(), self.drawn: Drawn(), parts.head: html, **hidden}


_SAVE_JS = "(text, job) => glassworks.saveData(text, `${job}.jsonl`)"
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def job_panel(
    services: Services, remember: str | None = None, hint: str | None = None, mendable: bool = False
) -> JobPanel:
    """Build the panel in the present place of the page."""
    return JobPanel(services, remember, hint, mendable)


def _mark(status: JobStatus) -> tuple[Any, ...]:
    """Equal marks draw equally. The state's part comes first: buttons and timer depend on it alone."""
    job = status.job
    state = (job.state, status.actions, status.artifact)
    return (state, status.phase, status.step, status.total, status.eta_seconds, job.message)


def _begun(status: JobStatus) -> History:
    """Before its first event: what a tuning learns is known already."""
    task = status.job.spec.get("task")
    return History(plan={"task": task}) if task else _NOTHING_YET


def _at_work(view: View) -> bool:
    return bool(view.mark) and view.mark[0][0] in _WATCHED


def _grown(view: View, drawn: Drawn, status: JobStatus) -> str:
    """The word for the hidden field: a new one when there is more to draw and it is time to."""
    ended = status.job.state not in _WATCHED
    first = bool(view.history.loss.steps) and not drawn.history.loss.steps
    due = ended or first or time.monotonic() - drawn.time >= _GROW_SECONDS
    return str(view.cursor) if due and view.cursor != drawn.cursor else view.grown
