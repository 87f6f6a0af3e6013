"""Take the model away: as a zip, merged into its base first if wanted, or into a repository of the Hub."""

from collections.abc import Iterator
from contextlib import closing
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from app import hub_fields
from app.downloads import zipped
from app.errors import message_of
from app.fine_tune.taking import Takeable, merged, merging_place, pushed, takeable
from app.job_panel.access import seen_status
from app.services import Services
from app.status_line import status_line
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.jobs.service import JobStatus

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_ZIPPING = {**_QUIET, "concurrency_id": "zip", "concurrency_limit": 1}  # archives make room for each other
_PUSHING = {**_QUIET, "concurrency_id": "push", "concurrency_limit": 2}
_IDLE = status_line("idle", "Ready")
_MERGING = "Merging into the base, in a process of its own"


class TakePart:
    """Laid out in the present place of the page. ``job_id`` is the run whose model is taken."""

    def __init__(self, services: Services):
        self._services = services
        self.job_id = gr.State("")
        with gr.Column(visible=False, elem_classes="gw-tune-take") as self.column:
            gr.HTML("<h3>Take it away</h3>")
            with gr.Row(elem_classes="gw-controls"):
                self.pack = gr.Button("Make a zip", size="sm", min_width=150, elem_id="tune-take-own")
                self.merge = gr.Button(
                    "Merge and make a zip", size="sm", min_width=170, elem_id="tune-take-merged"
                )
                self.packed = gr.DownloadButton("Download", size="sm", visible=False, min_width=120)
            self.about = gr.HTML()
            self.status = gr.HTML(_IDLE, elem_classes="gw-status-box")
            with gr.Accordion("Push to the Hub", open=False, elem_classes="gw-more"):
                self._hub()

    def _hub(self) -> None:
        self.repo = hub_fields.repository("tune-push-repo", "my-name/my-model")
        self.what = gr.Radio(
            [("The adapter", "own"), ("Merged into its base", "merged")], value="own", label="What is sent",
            elem_id="tune-push-what",
        )  # fmt: skip
        self.private, self.existing = hub_fields.private(), hub_fields.existing()
        self.token = hub_fields.token("tune-push-token")
        self.push = gr.Button("Push to the Hub", size="sm", min_width=150, elem_id="tune-push")
        self.sent = gr.HTML(elem_id="tune-push-answer")

    @property
    def outputs(self) -> list[Any]:
        hub = [self.what, self.token, self.sent]
        return [self.job_id, self.column, self.pack, self.merge, self.packed, self.about, self.status, *hub]

    def wire(self) -> None:
        archived = [self.status, self.packed]
        self.pack.click(self.own_archive, self.job_id, archived, **_ZIPPING)
        self.merge.click(self.merged_archive, self.job_id, archived, **_ZIPPING)
        asked = [self.job_id, self.what, self.repo, self.private, self.existing, self.token]
        self.push.click(self.sent_to_hub, asked, [self.sent, self.token, self.push], **_PUSHING)

    def shown(self, status: JobStatus) -> dict[Any, Any]:
        """The buttons for that run; hidden where it has left nothing that is whole."""
        try:
            found = takeable(self._services, status.artifact)
        except GlassworksError:
            return {self.job_id: "", self.column: gr.Column(visible=False)}
        own = (f"The {found.noun}", "own")
        choices = [own] if found.unmerged else [own, ("Merged into its base", "merged")]
        return {
            self.job_id: status.job.id,
            self.column: gr.Column(visible=True),
            self.pack: gr.Button(f"Make a zip of the {found.noun}"),
            self.merge: gr.Button(interactive=not found.unmerged),
            self.packed: gr.DownloadButton(visible=False),
            self.about: _about(found),
            self.status: _IDLE,
            self.what: gr.Radio(choices=choices, value="own"),
            self.token: "",
            self.sent: "",
        }

    # Callbacks: each is public and checks on its own who asks.

    def own_archive(self, job_id: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """The run's own folder as a zip inside Gradio's temporary folder."""
        try:
            model, folder = self._made(job_id, request)
            yield status_line("loading", "Making the zip …"), gr.DownloadButton(visible=False)
            yield self._archived(folder, model)
        except Exception as error:
            yield _failed(error), gr.DownloadButton(visible=False)

    def merged_archive(self, job_id: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """The same of the merged model; whoever leaves the page ends the merge."""
        hidden = gr.DownloadButton(visible=False)
        try:
            model, _ = self._made(job_id, request)
            with merging_place(self._services.settings) as folder:
                yield status_line("loading", f"{_MERGING} …"), hidden
                with closing(merged(self._services, model, folder)) as steps:
                    for _ in steps:
                        yield gr.skip(), gr.skip()
                yield status_line("loading", "Making the zip …"), hidden
                done = self._archived(folder, f"{model}-merged")
            yield done
        except Exception as error:
            yield _failed(error), hidden

    def sent_to_hub(
        self,
        job_id: str,
        what: str,
        repo: str,
        private: bool,
        existing: bool,
        token: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """What is being done, then the repository's address; the token leaves the page with the first update,
        unless something is wrong with what was typed."""
        try:
            model, folder = self._made(job_id, request)
            asked = hub_fields.asked_of(repo, token, private, existing)
            if what not in ("own", "merged"):
                raise SpecError("what", what, "own or merged")
        except Exception as error:
            yield _failed(error), gr.skip(), gr.Button(interactive=True)
            return
        busy = gr.Button(interactive=False)
        try:
            yield status_line("loading", "Starting …"), "", busy
            with merging_place(self._services.settings) as beside:
                if what == "merged":
                    yield status_line("loading", f"{_MERGING} …"), gr.skip(), busy
                    with closing(merged(self._services, model, beside)) as steps:
                        for _ in steps:
                            yield gr.skip(), gr.skip(), gr.skip()
                    folder = beside
                told = yield from hub_fields.sending(pushed(self._services, folder, asked), asked)
            yield told, gr.skip(), gr.Button(interactive=True)
        except Exception as error:
            yield _failed(error), gr.skip(), gr.Button(interactive=True)

    def _made(self, job_id: str, request: gr.Request) -> tuple[str, Path]:
        """The name of what the visitor's own run has made, and its folder."""
        status = seen_status(self._services, job_id, request)
        if not status.artifact:
            raise NotFoundError("This run has made no model.")
        return status.artifact, Path(self._services.models.get(status.artifact).path)

    def _archived(self, folder: Path, name: str) -> tuple[str, Any]:
        path = zipped(folder, name, Path(get_upload_folder()) / "archives")
        size = f"{path.stat().st_size / 1e6:,.1f} MB"
        button = gr.DownloadButton(f"Download {path.name}", value=str(path), visible=True)
        return status_line("done", "The zip is ready", [size]), button


def _about(found: Takeable) -> str:
    words = [found.unmerged] if found.unmerged else []
    if found.base:
        words.append(f"The adapter alone (PEFT, safetensors) needs {found.base} beside it.")
    if found.base and not found.base_on_hub:
        words.append("That is not on the Hub: whoever is to use it from there needs the merged model.")
    return f'<p class="gw-hint">{escape(" ".join(words))}</p>' if words else ""


def _failed(error: Exception) -> str:
    return status_line("failed", message_of(error))
