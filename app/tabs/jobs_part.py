"""The table of jobs: select one to see it in the panel, or delete it with all its files."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.dependents import check_nothing_stands_on
from app.errors import shown
from app.job_panel import JobPanel
from app.job_panel.access import seen_job, seen_jobs
from app.opening import when_opened
from app.saving import runs_html
from app.services import Services
from app.tabs.jobs_table import JOB_HEADERS, job_row
from app.tabs.table import choice_table
from pipelines.core.errors import NotFoundError

_EVERY_SECONDS = 5.0
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_WIDTHS = (130, 290, 110, 190, 140, 130, 100, 140)


class JobsPart:
    """Components, callbacks and wiring of the job table."""

    def __init__(self, services: Services):
        self._services = services
        self._disk: dict[tuple[str, Any], int] = {}  # job id and end → bytes: a finished job's do not change
        gr.HTML("<h3>Jobs</h3>")
        self.kept = gr.HTML("", elem_id="jobs-kept", visible=bool(services.keeping.runs_where))
        self.rows = gr.State([])
        self.timer = gr.Timer(_EVERY_SECONDS, active=False)
        self.table = choice_table(JOB_HEADERS, _WIDTHS, "jobs-table")
        with gr.Row(elem_classes="gw-controls"):
            self.delete = gr.Button(
                "Delete this job …", size="sm", variant="stop", visible=False, min_width=120
            )
        with gr.Row(visible=False, elem_classes="gw-confirm") as self.confirm:
            gr.HTML("<p>This deletes the job with its checkpoints, its log and its result. Sure?</p>")
            self.sure = gr.Button("Delete it", variant="stop", size="sm", min_width=110)
            self.keep = gr.Button("Keep it", size="sm", min_width=110)

    def wire(self, panel: JobPanel, models_follow: Callable[[Any], None]) -> None:
        table, seen = [self.rows, self.table, self.timer, self.kept], [self.rows, self.kept]
        when_opened(self._refresh, seen, table)
        self.timer.tick(self._refresh, seen, table, trigger_mode="once", **_QUIET)
        chosen = self.table.select(self._select, None, [panel.job_id, self.delete, self.confirm], **_QUIET)
        panel.follow(chosen)
        for button in panel.parts.buttons.values():
            button.click(self._refresh, seen, table, **_QUIET)
        self.delete.click(lambda: gr.Row(visible=True), None, self.confirm, **_QUIET)
        self.keep.click(lambda: gr.Row(visible=False), None, self.confirm, **_QUIET)
        gone = self.sure.click(
            self._delete, panel.job_id, [panel.job_id, self.delete, self.confirm], api_visibility="private"
        )
        panel.follow(gone)
        gone.success(self._refresh, seen, table, **_QUIET)
        models_follow(gone)

    def _refresh(self, rows: list[list[str]], kept: str, request: gr.Request) -> Any:
        """The table as it is now; nothing is sent when nothing changed."""
        jobs = self._services.jobs
        statuses = [jobs.status(job.id) for job in seen_jobs(self._services, request)]
        now = [job_row(status, self._disk_use(status.job)) for status in statuses]
        told, saves = runs_html(self._services), self._services.keeping.runs_waiting() > 0
        if now == rows and told == kept:
            return gr.skip()
        busy = any(status.job.state.live or status.job.state == "queued" for status in statuses)
        return now, now, gr.Timer(active=busy or saves), told

    def _select(self, event: gr.SelectData, request: gr.Request) -> tuple[str, Any, Any]:
        job = seen_job(self._services, event.row_value[-1], request)
        return job.id, gr.Button(visible=True), gr.Row(visible=False)

    @shown
    def _delete(self, job_id: str, request: gr.Request) -> tuple[str, Any, Any]:
        job = seen_job(self._services, job_id, request)
        check_nothing_stands_on(self._services, job.id)
        self._services.jobs.delete(job.id)
        return "", gr.Button(visible=False), gr.Row(visible=False)

    def _disk_use(self, job: Any) -> int:
        key = (job.id, job.finished)
        try:
            if not job.finished or key not in self._disk:
                self._disk[key] = self._services.jobs.disk_use(job.id)
        except NotFoundError:  # deleted between the list and here
            return 0
        return self._disk[key]
