"""What came of the run in the panel, once it has succeeded."""

from typing import Any

import gradio as gr

from app.fine_tune.after_view import forgotten_html, held_html
from app.fine_tune.beside_part import BesidePart
from app.fine_tune.script_part import ScriptPart
from app.fine_tune.take_part import TakePart
from app.fine_tune.try_part import TryPart
from app.job_panel import JobPanel
from app.job_panel.access import seen_status
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import JobState

_KINDS = ("sft", "encoder", "distill")
_HELD = "validation_rows.json"


class AfterPart:
    """Laid out in the present place of the page. ``trying`` takes up what a run has made that has a task."""

    def __init__(self, services: Services, panel: JobPanel, trying: TryPart):
        self._services, self._panel, self.trying = services, panel, trying
        self.shown = gr.State("")  # the job whose result stands here
        with gr.Column(visible=False, elem_classes="gw-tune-after") as self.column:
            self.beside = BesidePart(services)
            self.forgotten = gr.HTML()
            self.held = gr.HTML(elem_id="tune-held")
            self.taking = TakePart(services)
            self.script = ScriptPart(services)

    def wire(self) -> None:
        """The panel's head changes with every news of the job, and with every other job."""
        panel = self._panel
        self.beside.wire()
        self.taking.wire()
        self.script.wire()
        gr.on(
            [panel.parts.head.change, panel.job_id.change],
            self.drawn,
            [panel.job_id, self.shown],
            [self.shown, self.column, self.forgotten, self.held, *self._parts],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
            trigger_mode="always_last",
        )

    def drawn(self, job_id: str, shown: str, request: gr.Request) -> Any:
        """The result of the panel's job, once there is one; nothing is sent when it stands already."""
        status = self._done(job_id, request)
        if status is None:
            nothing = {self.shown: "", self.column: gr.Column(visible=False), **self.trying.shown(None)}
            return nothing if shown else gr.skip()
        if shown == job_id:
            return gr.skip()
        folder = JobDir(self._services.settings.runs / status.job.id).path
        return {
            self.shown: job_id,
            self.column: gr.Column(visible=True),
            **self.trying.shown(status),
            **self.beside.shown(status),
            **self.taking.shown(status),
            **self.script.shown(status),
            self.forgotten: forgotten_html(status.metrics),
            self.held: held_html(read_json(folder / _HELD)),
        }

    @property
    def _parts(self) -> list[Any]:
        return [*self.trying.outputs, *self.beside.outputs, *self.taking.outputs, *self.script.outputs]

    def _done(self, job_id: str, request: gr.Request) -> JobStatus | None:
        """None for no job, a job of another kind or visitor, and one that is not done."""
        try:
            status = seen_status(self._services, job_id, request)
        except GlassworksError:
            return None
        return status if status.job.kind in _KINDS and status.job.state is JobState.SUCCEEDED else None
