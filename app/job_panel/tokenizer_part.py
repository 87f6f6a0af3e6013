"""What the panel shows of a tokenizer's training alone: its curve, and its files to take away."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from app.downloads import zipped
from app.errors import shown
from app.figures.compression import HEIGHT
from app.job_panel.access import seen_job
from app.job_panel.export import tokenizer_text
from app.services import Services
from pipelines.jobs.kinds import TOKENIZER, result_of
from pipelines.jobs.service import JobStatus

_SAVE_JS = "(text) => glassworks.saveData(text, 'tokenizer.json')"
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}


class TokenizerPart:
    """Laid out in the present place of the page; :meth:`wire` joins it to the panel's job."""

    def __init__(self) -> None:
        with gr.Column(elem_classes="gw-training", visible=False) as self.column:
            self.compression = gr.Plot(
                show_label=False,
                container=False,
                min_width=220,
                elem_classes=["gw-plot", "gw-plot-compression", f"gw-h{HEIGHT}"],
            )
            with gr.Row(elem_classes="gw-controls", visible=False) as self.files:
                self.file = gr.Button("Download tokenizer.json", size="sm", min_width=180)
                self.pack = gr.Button("Make a zip to download", size="sm", min_width=160)
                self.packed = gr.DownloadButton("Download", size="sm", visible=False, min_width=120)

    @property
    def outputs(self) -> list[Any]:
        """Everything that a redraw may touch, but the curve."""
        return [self.column, self.files, self.packed]

    def wire(self, services: Services, job_id: Any, text: gr.Textbox) -> None:
        """``text`` is a hidden field, through which the file reaches the browser."""
        self._services = services
        told = self.file.click(self._text, [job_id], text, queue=False, **_QUIET)
        told.success(None, [text], None, js=_SAVE_JS)
        self.pack.click(self._pack, [job_id], self.packed, concurrency_id="zip", **_QUIET)

    def updates(self, status: JobStatus, first: bool) -> dict[Any, Any]:
        """As they fit the job's state; ``first`` when the panel did not show this job before."""
        mine = result_of(status.job.kind) is TOKENIZER
        column = {self.column: gr.Column(visible=mine)} if first else {}
        files = {self.files: gr.Row(visible=mine and bool(status.artifact))}
        return {**column, **files, self.packed: gr.DownloadButton(visible=False)}

    @shown
    def _text(self, job_id: str | None, request: gr.Request) -> str:
        return tokenizer_text(self._folder(job_id, request))

    @shown
    def _pack(self, job_id: str | None, request: gr.Request) -> Any:
        """The folder as a zip inside Gradio's own temporary folder, so that it is not copied once more."""
        folder = self._folder(job_id, request)
        path = zipped(folder, f"tokenizer-{job_id}", Path(get_upload_folder()) / "archives")
        return gr.DownloadButton(f"Download {path.name}", value=str(path), visible=True)

    def _folder(self, job_id: str | None, request: gr.Request) -> Path:
        """Raises NotFoundError for a job that has made no tokenizer, and for another visitor's."""
        job = seen_job(self._services, job_id, request)
        return self._services.models.tokenizer_folder(TOKENIZER.named(job.id))
