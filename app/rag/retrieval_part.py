"""What a search finds and why: a search of one's own over the chosen collection, or that of the chat's last
answer, with its stages, a map and downloads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.prompt_lab.fields import Fields
from app.rag import map_words, trace_files
from app.rag.map_figure import map_figure
from app.rag.search_rights import check_search
from app.rag.trace_results import EMPTY, results_html
from app.rag.trace_table import table_html
from app.rag.trace_view import EMPTY as NO_TRACE
from app.rag.trace_view import trace_html
from app.services import Services
from app.status_line import status_line
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import ConflictError
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answers import Found
from pipelines.rag.requests import MAX_QUERY_CHARS
from pipelines.rag.specs import SearchSpec

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last", "concurrency_id": "rag-search"}
_TRACE_JS = "glassworks.rag.trace(element, watch);"
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'search{ending}')"
_OTHER_WORDINGS = (
    '<p class="gw-muted">Searched by these words alone: other wordings and an invented answer are written '
    "when an answer is asked for.</p>"
)
_METHODS = [("PCA: exact, at once", "pca"), ("t-SNE: keeps what is near together", "tsne")]


@dataclass(frozen=True)
class Shown:
    """A search that stands on the page: of which collection, and what an answer's prompt had of it (None:
    there was none)."""

    found: Found
    collection: str
    used: tuple[str, ...] | None = None


class OwnSettings:
    """The form of a search, where the page has no other."""

    def __init__(self) -> None:
        with gr.Accordion("Retrieval", open=False, elem_classes="gw-more"):
            self._fields = Fields(SearchSpec(), "rag-find")
        self.inputs = self._fields.inputs

    def search(self, given: dict[Any, Any]) -> SearchSpec:
        return SearchSpec.from_dict(self._fields.values(given))


class RetrievalPart:
    """Laid out in the present place of the page. ``settings`` is what asks for a SearchSpec elsewhere on it:
    ``inputs`` (components) and ``search(given) -> SearchSpec``; without it the part has a form of its own.

    Put a Found or an answer's Moment into ``found``, in an event of the queue, and that search is drawn."""

    def __init__(self, services: Services, settings: Any = None):
        self._services = services
        self.found, self._shown = gr.State(None), gr.State(None)
        self._at = gr.State("")  # the collection that all of this is of
        with gr.Row(elem_classes="gw-hits-ask"):
            self.query = gr.Textbox(
                label="Search", show_label=False, container=False, lines=1, max_lines=4, scale=1,
                min_width=160, max_length=MAX_QUERY_CHARS, placeholder="Search the documents …",
                elem_id="rag-find",
            )  # fmt: skip
            self.go = gr.Button("Search", variant="primary", scale=0, min_width=92, elem_id="rag-find-go")
        self._settings = settings or OwnSettings()
        self.error = gr.HTML(elem_id="rag-find-error")
        self.results = gr.HTML(EMPTY, elem_id="rag-hits")
        gr.HTML("<h3>Stage by stage</h3>")
        self.trace = gr.HTML(NO_TRACE, elem_id="rag-trace", js_on_load=_TRACE_JS)
        with gr.Accordion("The same as a table", open=False, elem_classes="gw-more"):
            self.table = gr.HTML(table_html(None), elem_id="rag-trace-table")
        self._map()
        self._downloads()

    def _map(self) -> None:
        with gr.Accordion(
            "Map of the collection", open=False, elem_classes="gw-more", elem_id="rag-map-fold"
        ):
            with gr.Row(elem_classes="gw-map-choose"):
                self.method = gr.Radio(
                    _METHODS, value="pca", label="Laid out by", show_label=False, container=False,
                    elem_id="rag-map-by",
                )  # fmt: skip
                self.draw = gr.Button(
                    "Draw the map", size="sm", scale=0, min_width=120, elem_id="rag-map-draw"
                )
            self.plot = gr.Plot(show_label=False, visible=False, elem_id="rag-map", elem_classes="gw-plot")
            self.map_note = gr.HTML(map_words.HINT, elem_id="rag-map-note")

    def _downloads(self) -> None:
        with gr.Row(elem_classes="gw-toolbar"):
            self.json = gr.Button("JSON", size="sm", interactive=False, elem_id="rag-find-json")
            self.csv = gr.Button("CSV", size="sm", interactive=False, elem_id="rag-find-csv")
        self.text = gr.Textbox("", visible=False)

    # Wiring.

    def wire(self, collection: Any) -> None:
        """``collection`` is the hidden text box that holds the chosen collection's id."""
        self._collection = collection
        drawn = [
            self._shown,
            self.error,
            self.results,
            self.trace,
            self.table,
            self.json,
            self.csv,
            self.query,
        ]
        asked = {collection, self.query, *self._settings.inputs}
        gr.on([self.go.click, self.query.submit], self._search, asked, drawn, **_LIVE)
        self.found.change(self._told, [self.found, collection], drawn, **_QUIET)
        mapping = [collection, self.query, self.method, self._shown]
        mapped = [self.plot, self.map_note]
        gr.on([self.draw.click, self.method.input], self._mapped, mapping, mapped, **_LIVE)
        left = [self._at, *drawn, *mapped]
        collection.change(self._moved, [collection, self._at, self._shown], left, queue=False, **_QUIET)
        for button, made, ending in (
            (self.json, trace_files.json_text, ".json"),
            (self.csv, trace_files.csv_text, ".csv"),
        ):
            told = button.click(_saving(made), self._shown, self.text, queue=False, **_QUIET)
            told.success(None, self.text, None, js=_SAVE_JS.replace("{ending}", ending))

    # Callbacks: each is public; the service checks whose the collection is.

    def _search(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        try:
            visitor = self._services.identity.visitor(request)
            spec = self._settings.search(given)
            check_search(spec, visitor)
            collection = str(given[self._collection] or "")
            found = self._services.rag.search(collection, str(given[self.query] or ""), spec, visitor.id)
        except Exception as error:  # what stood there stays
            return {self.error: error_html(message_of(error))}
        said = _OTHER_WORDINGS if spec.queries or spec.hyde else ""
        return {**self._drawn(Shown(found, collection)), self.error: said}

    def _told(self, told: Any, collection: str) -> dict[Any, Any]:
        """The search of an answer."""
        found = told.found if isinstance(told, Moment) else told
        if not isinstance(found, Found):
            return gr.skip()
        used = told.used if isinstance(told, Moment) and told.prompt else None
        return {**self._drawn(Shown(found, str(collection or ""), used)), self.query: found.query}

    def _mapped(
        self, collection: str, query: str, method: str, stood: Shown | None, request: gr.Request
    ) -> Iterator[Any]:
        yield gr.skip(), status_line("loading", "Laying out the map")
        try:
            owner = self._services.identity.visitor(request).id
            asked = str(query or "")[:MAX_QUERY_CHARS]
            found = self._services.rag.mapped(str(collection or ""), asked, str(method), owner)
        except Exception as error:
            yield gr.skip(), error_html(message_of(error))
            return
        mine = stood is not None and stood.collection == collection and stood.found.query == asked
        hits = stood.found.hits if mine else ()
        yield gr.Plot(map_figure(found, hits, asked), visible=True), map_words.note_html(found)

    def _moved(self, collection: str, at: str, stood: Shown | None) -> dict[Any, Any]:
        """Another collection was chosen: what was found in the one before is not of it. Before the first one
        there was nothing, and what was found since stays."""
        if at in ("", collection):
            return {self._at: collection}
        unmapped = {self._at: collection, self.plot: gr.Plot(visible=False), self.map_note: map_words.HINT}
        if stood is None or stood.collection == collection:
            return unmapped
        nothing = {**unmapped, self._shown: None, self.error: "", self.results: EMPTY, self.trace: NO_TRACE}
        nothing[self.table] = table_html(None)
        return {**nothing, self.json: gr.Button(interactive=False), self.csv: gr.Button(interactive=False)}

    def _drawn(self, now: Shown) -> dict[Any, Any]:
        return {
            self._shown: now,
            self.error: "",
            self.results: results_html(now.found, now.collection),
            self.trace: trace_html(now.found, now.collection, now.used),
            self.table: table_html(now.found, now.used),
            self.json: gr.Button(interactive=True),
            self.csv: gr.Button(interactive=True),
        }


def _saving(made: Callable[[Found], str]) -> Callable[..., str]:
    @shown
    def save(stood: Shown | None) -> str:
        if stood is None:
            raise ConflictError("There is nothing to save yet: search first.")
        return made(stood.found)

    return save
