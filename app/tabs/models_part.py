"""The table of models: details and lineage of one, its download, and deleting what was made here. Below it
the family tree: what came out of what.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from app.dependents import check_nothing_stands_on
from app.downloads import zipped
from app.errors import message_of, shown
from app.family import cards, details_html, family_of
from app.figures.family_tree import FAMILY_JS, family_tree_html
from app.job_panel.access import seen_job
from app.opening import when_opened
from app.parts import PICKED
from app.services import Services
from app.tabs.jobs_table import MODEL_HEADERS, model_details, model_row
from app.tabs.pretrain_views import error_html
from app.tabs.table import choice_table
from pipelines.core.errors import NotAllowedError, NotFoundError

_MADE_HERE = "run/"
_TREE_HINT = (
    "Each model hangs from the one that it was made from. Choose a card to see its data, its settings and "
    "what was changed."
)
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_WIDTHS = (170, 230, 190, 120, 100, 160, 100, 160)


class ModelsPart:
    """Components, callbacks and wiring of the model table."""

    def __init__(self, services: Services):
        self._services = services
        gr.HTML("<h3>Models</h3>")
        self.name = gr.State("")
        self.table = choice_table(MODEL_HEADERS, _WIDTHS, "models-table")
        with gr.Column(visible=False) as self.chosen:
            self.details = gr.JSON(label="Model and lineage", max_height=360)
            with gr.Row(elem_classes="gw-controls"):
                self.pack = gr.Button("Make a zip to download", size="sm", min_width=160)
                self.download = gr.DownloadButton("Download", size="sm", visible=False, min_width=120)
                self.delete = gr.Button("Delete this model …", size="sm", variant="stop", min_width=120)
            with gr.Row(visible=False, elem_classes="gw-confirm") as self.confirm:
                gr.HTML("<p>This deletes the model and the job that made it. Sure?</p>")
                self.sure = gr.Button("Delete it", variant="stop", size="sm", min_width=110)
                self.keep = gr.Button("Keep it", size="sm", min_width=110)
        gr.HTML(f"<h3>Family tree</h3><p class='gw-hint'>{_TREE_HINT}</p>")
        self.tree = gr.HTML(family_tree_html([]), js_on_load=FAMILY_JS, elem_id="family-tree")
        self.member = gr.HTML(elem_id="family-details")

    def wire(self) -> None:
        when_opened(self._refresh, None, [self.table, self.tree])
        self.tree.select(self._describe, None, self.member, queue=False, **PICKED)
        detail = [self.name, self.chosen, self.details, self.delete, self.download, self.confirm]
        self.table.select(self._select, None, detail, **_QUIET)
        self.pack.click(self._pack, self.name, self.download, api_visibility="private", concurrency_id="zip")
        self.delete.click(lambda: gr.Row(visible=True), None, self.confirm, **_QUIET)
        self.keep.click(lambda: gr.Row(visible=False), None, self.confirm, **_QUIET)
        gone = self.sure.click(self._delete, self.name, [self.name, self.chosen], api_visibility="private")
        self.refresh_with(gone)

    def refresh_with(self, event: Any) -> None:
        """Read the table anew after an event of another part."""
        event.success(self._refresh, None, [self.table, self.tree], **_QUIET)

    def _refresh(self, request: gr.Request) -> tuple[list[list[str]], str]:
        family = family_of(self._services, request)
        parents = {place.name: place.parent for place in family.places}
        rows = [model_row(entry, parents[name]) for name, entry in family.entries.items()]
        return rows, family_tree_html(cards(family))

    def _describe(self, event: gr.EventData, request: gr.Request) -> str:
        """The details of the model whose card was chosen."""
        try:
            return details_html(family_of(self._services, request), event.value)
        except Exception as error:
            return error_html(message_of(error))

    @shown
    def _select(self, event: gr.SelectData, request: gr.Request) -> tuple[Any, ...]:
        entry = self._entry(event.row_value[0])
        made_here = gr.Button(visible=entry.name.startswith(_MADE_HERE))
        closed = (gr.DownloadButton(visible=False), gr.Row(visible=False))
        details = model_details(entry, lineage=self._may_take(entry, request))
        return entry.name, gr.Column(visible=True), details, made_here, *closed

    @shown
    def _pack(self, name: str, request: gr.Request) -> Any:
        """Zip the artefact inside Gradio's own temporary folder, so that it is not copied once more."""
        entry = self._entry(name)
        if not self._may_take(entry, request):
            raise NotAllowedError("A model made here may be downloaded by whoever trained it.")
        path = zipped(Path(entry.path), entry.name, Path(get_upload_folder()) / "archives")
        return gr.DownloadButton(f"Download {path.name}", value=str(path), visible=True)

    @shown
    def _delete(self, name: str, request: gr.Request) -> tuple[str, Any]:
        visitor = self._services.identity.visitor(request)
        self._services.identity.require_owner(visitor, "delete models")
        entry = self._entry(name)
        if not entry.name.startswith(_MADE_HERE):
            raise NotAllowedError("Only models that were made here (run/…) can be deleted.")
        job_id = entry.name.removeprefix(_MADE_HERE)
        check_nothing_stands_on(self._services, job_id)
        self._services.jobs.delete(job_id)
        return "", gr.Column(visible=False)

    def _entry(self, name: Any) -> Any:
        """A model of the table; names that reach beyond it (a path, a Hub model) are not for this tab."""
        for entry in self._services.models.entries():
            if entry.name == name:
                return entry
        raise NotFoundError(f"There is no model {str(name)[:80]!r} in this table.")

    def _may_take(self, entry: Any, request: gr.Request) -> bool:
        """Everyone may use what the table lists; a run's weights and origin are for whoever trained it."""
        if not entry.name.startswith(_MADE_HERE):
            return True
        try:
            return bool(seen_job(self._services, entry.name.removeprefix(_MADE_HERE), request))
        except NotFoundError:
            return False
