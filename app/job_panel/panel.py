"""The job panel itself: components, callbacks and wiring.

The panel holds nothing of a job on the server but each visitor's own cursor and thinned curves
(:class:`View`, in a ``gr.State``); the job's directory is the truth. A tick reads the events since the
cursor, and one with nothing new sends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.figures import curves
from app.job_panel import views
from app.job_panel.access import seen_job, seen_status
from app.job_panel.export import events_text
from app.job_panel.history import History, folded
from app.job_panel.layout import Parts, lay_out
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import Action, JobState

_WATCHED = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSING)
_NOTHING_YET = History()
_MAX_BLOCKS = 64  # of events at one go when a job is opened: a bound, not a limit that a job meets


@dataclass(frozen=True)
class View:
    """What one visitor has been shown of one job."""

    job_id: str = ""
    cursor: int = 0
    history: History = _NOTHING_YET
    mark: tuple[Any, ...] = ()  # the status as last drawn: an equal one needs no drawing


class JobPanel:
    """``job_id`` decides which job is shown: write to it (a handler's output) and the panel follows.

    With ``remember`` it is kept in the browser under that key, so a refreshed page shows the job again.
    """

    def __init__(self, services: Services, remember: str | None = None, hint: str | None = None):
        self._services = services
        self._hint = views.empty_html(hint) if hint else views.empty_html()
        self.parts = lay_out(remember, self._hint)
        self.job_id, self.view = self.parts.job_id, gr.State(View())
        self._outputs = [self.view, *self.parts.outputs]
        self._wire()

    def follow(self, event: Any) -> None:
        """Show the job in ``job_id`` anew after an event of another part of the page."""
        event.success(self._open, [self.job_id], self._outputs, **_QUIET)

    def _wire(self) -> None:
        parts = self.parts
        self.job_id.change(self._open, [self.job_id], self._outputs, **_QUIET)
        ticked = [self.job_id, self.view, parts.checkpoint, parts.log_open]
        parts.timer.tick(self._tick, ticked, self._outputs, trigger_mode="once", **_QUIET)
        parts.checkpoint.input(self._choose, [self.view, parts.checkpoint], parts.sample, **_QUIET)
        for action, button in parts.buttons.items():
            if action is not Action.CANCEL:
                button.click(self._acting(action), [self.job_id], self._outputs, **_QUIET)
        cancel = parts.buttons[Action.CANCEL]
        cancel.click(lambda: gr.Row(visible=True), None, parts.confirm, **_QUIET)
        parts.keep.click(lambda: gr.Row(visible=False), None, parts.confirm, **_QUIET)
        parts.discard.click(self._acting(Action.CANCEL), [self.job_id], self._outputs, **_QUIET)
        told = parts.data.click(self._data, [self.job_id], parts.data_text, **_QUIET)
        told.success(None, [parts.data_text, self.job_id], None, js=_SAVE_JS)
        parts.log_fold.expand(self._unfold_log, [self.job_id], [parts.log_open, parts.log], **_QUIET)
        parts.log_fold.collapse(lambda: False, None, parts.log_open, **_QUIET)

    # Callbacks: each is public and checks on its own who asks.

    def _open(self, job_id: str | None, request: gr.Request) -> dict[Any, Any]:
        """The whole job at once, whatever its state."""
        if not job_id:
            return self._nothing(self._hint)
        try:
            status = seen_status(self._services, job_id, request)
            return self._drawn(status, self._read(View(str(job_id))), None)
        except GlassworksError as error:
            return self._nothing(views.empty_html(message_of(error)))

    def _tick(
        self, job_id: str | None, view: View, at: int | None, log_open: bool, request: gr.Request
    ) -> Any:
        if not job_id or not isinstance(view, View) or view.job_id != job_id:
            return self._open(job_id, request)
        try:
            status = seen_status(self._services, job_id, request)
        except GlassworksError as error:
            return self._nothing(views.empty_html(message_of(error)))
        newer = self._read(view)
        log = {self.parts.log: self._services.jobs.log(job_id)} if log_open else {}
        if newer.cursor == view.cursor and _mark(status) == view.mark:
            return log or gr.skip()
        return {**self._drawn(status, newer, view, at), **log}

    def _acting(self, action: Action) -> Callable[..., Any]:
        @shown
        def act(job_id: str | None, request: gr.Request) -> dict[Any, Any]:
            job = seen_job(self._services, job_id, request)
            self._services.jobs.control(job.id, action.value)
            return self._open(job.id, request)

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
            if cursor == view.cursor:
                break
            view = replace(view, cursor=cursor, history=folded(view.history, events))
        return view

    def _drawn(
        self, status: JobStatus, view: View, before: View | None, at: int | None = None
    ) -> dict[Any, Any]:
        """Updates for what differs from ``before`` (None: everything)."""
        parts, history = self.parts, view.history
        view = replace(view, mark=_mark(status))
        updates: dict[Any, Any] = {self.view: view, parts.head: views.head_html(status, history)}
        if before is None or before.mark[:1] != view.mark[:1]:
            updates |= self._state_updates(status, first=before is None)
        old = before.history if before else None
        updates |= _plots(parts, history, old)
        if old is None or old.checkpoints != history.checkpoints:
            updates |= self._sample_updates(history, old, at)
        if before is None:
            updates[parts.log] = self._services.jobs.log(status.job.id)
            updates[parts.code] = views.python_html(status.job)
        return updates

    def _state_updates(self, status: JobStatus, first: bool) -> dict[Any, Any]:
        """Buttons and timer follow the state, and only a change of state sends them."""
        parts = self.parts
        buttons = {b: gr.Button(visible=a in status.actions) for a, b in parts.buttons.items()}
        shown_body = {parts.body: gr.Column(visible=True)} if first else {}
        watched = gr.Timer(active=status.job.state in _WATCHED)
        return {**buttons, **shown_body, parts.timer: watched, parts.confirm: gr.Row(visible=False)}

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
        return {self.view: View(), parts.head: html, **hidden}


_SAVE_JS = "(text, job) => glassworks.saveData(text, `${job}.jsonl`)"
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def job_panel(services: Services, remember: str | None = None, hint: str | None = None) -> JobPanel:
    """Build the panel in the present place of the page."""
    return JobPanel(services, remember, hint)


def _mark(status: JobStatus) -> tuple[Any, ...]:
    """Equal marks draw equally. The state's part comes first: buttons and timer depend on it alone."""
    job = status.job
    state = (job.state, status.actions, status.artifact)
    return (state, status.phase, status.step, status.total, status.eta_seconds, job.message)


def _plots(parts: Parts, new: History, old: History | None) -> dict[Any, Any]:
    """Figures of the curves that have changed."""
    total = new.total
    moved = old is None or old.total != total
    updates = {}
    if moved or old.loss is not new.loss or old.validation is not new.validation:
        updates[parts.loss] = curves.loss_figure(new.loss, new.smooth, new.validation, total)
    if moved or old.rate is not new.rate:
        updates[parts.rate] = curves.rate_figure(new.rate, total)
    if moved or old.norm is not new.norm:
        updates[parts.norm] = curves.gradient_figure(new.norm, total)
    if moved or old.bits is not new.bits:
        updates[parts.bits] = curves.bits_figure(new.bits, total)
        updates[parts.perplexity] = curves.perplexity_figure(new.perplexity, total)
    return updates
