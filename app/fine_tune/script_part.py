"""Take the run away: one script of plain libraries that repeats it, with the rows that it reads."""

from html import escape
from typing import Any

import gradio as gr

from app.errors import message_of
from app.fine_tune.exporting import SCRIPTED, exported
from app.python_code import code_html
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.jobs.service import JobStatus
from pipelines.training.tuning.script.export import Exported

_ABOUT = (
    '<h3>Repeat it without Glassworks</h3><p class="gw-hint">One script of plain TRL, PEFT and transformers '
    "with the exact versions, and the rows as the run has split them.</p>"
)
_HIDDEN = {"visible": False}


class ScriptPart:
    """Laid out in the present place of the page. ``job_id`` is the run that is repeated, ``prefix`` begins
    the ids of the parts."""

    def __init__(self, services: Services, prefix: str = "tune"):
        self._services = services
        self.job_id = gr.State("")
        with gr.Column(visible=False, elem_classes="gw-tune-script") as self.column:
            gr.HTML(_ABOUT)
            with gr.Row(elem_classes="gw-controls"):
                self.make = gr.Button("Make the script", size="sm", min_width=150, elem_id=f"{prefix}-script")
                self.packed = gr.DownloadButton(
                    "Download", size="sm", min_width=120, elem_id=f"{prefix}-script-zip", **_HIDDEN
                )
            self.about = gr.HTML(elem_id=f"{prefix}-script-about")
            with gr.Accordion("The script", open=False, elem_classes="gw-more", **_HIDDEN) as self.more:
                self.code = gr.HTML(elem_id=f"{prefix}-script-code")

    @property
    def outputs(self) -> list[Any]:
        return [self.job_id, self.column, *self._made]

    @property
    def _made(self) -> list[Any]:
        return [self.packed, self.about, self.more, self.code]

    def wire(self) -> None:
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        zipping = {"concurrency_id": "zip", "concurrency_limit": 1}  # archives make room for each other
        self.make.click(self.made, self.job_id, self._made, **quiet, **zipping)

    def shown(self, status: JobStatus | None) -> dict[Any, Any]:
        """The button for that run, nothing made yet; hidden for none and for a kind of job that has no
        script."""
        return {
            self.job_id: status.job.id if status else "",
            self.column: gr.Column(visible=bool(status) and status.job.kind in SCRIPTED),
            **self._nothing(),
        }

    def made(self, job_id: str, request: gr.Request) -> dict[Any, Any]:
        """The script and its zip, or why there are none. Public: it checks on its own who asks."""
        try:
            found, archive = exported(self._services, job_id, request)
        except Exception as error:
            return {**self._nothing(), self.about: error_html(message_of(error))}
        return {
            self.packed: gr.DownloadButton(f"Download {archive.name}", value=str(archive), visible=True),
            self.about: about_html(found),
            self.more: gr.Accordion(visible=True),
            self.code: code_html(found.script),
        }

    def _nothing(self) -> dict[Any, Any]:
        return {
            self.packed: gr.DownloadButton(**_HIDDEN),
            self.about: "",
            self.more: gr.Accordion(**_HIDDEN),
            self.code: "",
        }


def about_html(found: Exported) -> str:
    """What is in the zip, and what should be known of it."""
    rows = f"{found.rows:,} rows to learn from, {found.held_out:,} held out"
    files = f"<code>train.py</code>, <code>train.jsonl</code>, <code>validation.jsonl</code>: {rows}."
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    return f'<p class="gw-second">{files}</p>' + (f'<ul class="gw-notices">{notes}</ul>' if notes else "")
