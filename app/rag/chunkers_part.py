"""One text cut by several chunkers, side by side: a document of the collection, or a text of one's own."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from app.choosers import chooser, kept
from app.errors import message_of
from app.rag.chunkers_asking import Cuts, Wanted, cuts_of, text_of
from app.rag.chunkers_example import EXAMPLE
from app.rag.chunkers_view import EMPTY, columns_html
from app.services import Services
from app.status_line import status_line
from app.tokenizer.chips import count_of
from pipelines.core.fields import knobs
from pipelines.rag.records import State
from pipelines.rag.specs import CHUNKERS, ChunkSpec

_OWN = ""  # the choice of a text of one's own
_FIRST = ("fixed", "recursive", "semantic")
_SIZE, _OVERLAP = 100, 20
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last", "concurrency_id": "rag-chunk"}
_JS = "glassworks.rag.chunks(element);"
_LEAD = (
    '<p class="gw-muted">Where does each chunker cut? The same text once for each: a band is a chunk, and '
    "what is hatched stands in two of them.</p>"
)


class ChunkersPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self._knobs = knobs(ChunkSpec)
        self.cuts = gr.State(None)
        gr.HTML(_LEAD)
        with gr.Column(elem_classes="gw-cuts-form"):
            self._form()
        self.status = gr.HTML(
            status_line("idle", "Ready"), elem_classes="gw-status-box", elem_id="rag-chunks-status"
        )
        self.note = gr.HTML(elem_id="rag-chunks-note")
        self.columns = gr.HTML(EMPTY, elem_id="rag-chunks", elem_classes="gw-cuts-frame", js_on_load=_JS)
        with gr.Row(elem_classes="gw-toolbar", visible=False) as self.pager:
            self.back = gr.Button("Earlier", size="sm", min_width=80, scale=0, elem_id="rag-chunks-back")
            self.on = gr.Button("Later", size="sm", min_width=80, scale=0, elem_id="rag-chunks-on")

    def _form(self) -> None:
        self.source = gr.Dropdown(
            [("A text of your own", _OWN)], value=_OWN, label="Text",
            elem_id="rag-chunks-source", info="A document of the collection, or what you type or paste.",
        )  # fmt: skip
        self.text = gr.Textbox(
            EXAMPLE, label="Your text", lines=6, max_lines=12, elem_id="rag-chunks-text",
            info="Headings, code and tables may be marked as in Markdown.",
        )  # fmt: skip
        self.methods = gr.CheckboxGroup(
            list(CHUNKERS), value=list(_FIRST), label="Chunkers", elem_id="rag-chunks-methods",
            info=self._knobs["method"].help,
        )  # fmt: skip
        with gr.Row(elem_classes="gw-cuts-sliders"):
            self.size = self._slider("chunk_size", 16, 512, _SIZE)
            self.overlap = self._slider("chunk_overlap", 0, 256, _OVERLAP)
            self.percentile = self._slider("percentile", 50, 99.5, ChunkSpec().percentile, 0.5)
        self.go = gr.Button("Cut", variant="primary", elem_id="rag-chunks-go")

    def _slider(self, name: str, low: float, high: float, value: float, step: float = 1) -> gr.Slider:
        """For the hand; what is accepted the spec says."""
        knob = self._knobs[name]
        return gr.Slider(
            low, high, value=value, step=step, label=knob.label, info=knob.help, buttons=[], min_width=170,
            elem_id=f"rag-chunks-{name.replace('_', '-')}",
        )  # fmt: skip

    # Wiring.

    def wire(self, collection: Any, view: gr.Radio | None = None, mine: str = "chunks") -> None:
        """``collection`` is the hidden text box that holds the chosen collection's id. Where ``view`` chooses
        what is shown on the page, the first look at ``mine`` cuts the example."""
        self._collection, self._view, self._mine = collection, view, mine
        asked = {collection, self.source, self.text, self.methods, self.size, self.overlap, self.percentile}
        drawn = [self.cuts, self.status, self.note, self.columns, self.pager, self.back, self.on]
        sliders = (self.size.release, self.overlap.release, self.percentile.release)
        chosen = self.source.change(self._chosen, self.source, self.text, queue=False, **_QUIET)
        gr.on([self.go.click, self.methods.input, *sliders], self._cut, asked, drawn, **_LIVE)
        chosen.then(self._cut, asked, drawn, **_LIVE)
        listed = [self.source, self.text]
        collection.change(self._listed, [collection, self.source], listed, queue=False, **_QUIET)
        for button, step in ((self.back, -1), (self.on, 1)):
            button.click(_turning(step), self.cuts, self.cuts, queue=False, **_QUIET).then(
                self._drawn, self.cuts, drawn, queue=False, **_QUIET
            )
        if view is not None:
            seen = view.change(self._listed, [collection, self.source], listed, queue=False, **_QUIET)
            seen.then(self._seen, {*asked, view, self.cuts}, drawn, **_LIVE)

    # Callbacks: each is public; the service checks whose the collection is.

    def _chosen(self, source: str) -> Any:
        """One's own text is written where there is no other."""
        return gr.Textbox(visible=source == _OWN)

    def _listed(self, collection: str, source: str, request: gr.Request) -> tuple[Any, Any]:
        """The collection's documents to choose from; (source, text)."""
        try:
            owner = self._services.identity.visitor(request).id
            documents = self._services.rag.documents(str(collection), owner) if collection else []
        except Exception as error:
            message_of(error)  # the collection's own part says it
            documents = []
        choices = [(one.name, one.id) for one in documents if one.state is State.SUCCEEDED]
        choices = [("A text of your own", _OWN), *choices]
        return chooser(choices, source, _OWN), self._chosen(kept(choices, source, _OWN))

    def _seen(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """The example is there at the first look."""
        if given[self._view] == self._mine and given[self.cuts] is None:
            yield from self._cut(given, request)
        else:
            yield gr.skip()

    def _cut(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield {self.status: status_line("writing", "Cutting …")}
        try:
            cuts = self._made(given, self._services.identity.visitor(request).id)
        except Exception as error:  # what stood there stays
            yield {self.status: status_line("failed", message_of(error))}
        else:
            yield {self.cuts: cuts, **self._drawn(cuts)}

    def _made(self, given: dict[Any, Any], owner: str) -> Cuts:
        ticked = set(given[self.methods] or ())
        specs = tuple(
            ChunkSpec(method, given[self.size], given[self.overlap], given[self.percentile])
            for method in CHUNKERS
            if method in ticked
        )
        wanted = Wanted(str(given[self._collection] or ""), str(given[self.source] or ""), owner)
        text = text_of(self._services.rag, wanted, str(given[self.text] or ""))
        return cuts_of(self._services.rag, wanted, text, specs)

    def _drawn(self, cuts: Cuts | None) -> dict[Any, Any]:
        if not isinstance(cuts, Cuts):
            return gr.skip()
        more = len(cuts.pages) > 1
        numbers = [f"{len(cuts.text):,} characters", count_of(cuts.sentences, "sentence")]
        if more:
            begin, end = cuts.pages[cuts.page]
            numbers.append(f"shown: {begin + 1:,} to {end:,}")
        return {
            self.status: status_line("done", f"Cut by {count_of(len(cuts.done), 'chunker')}", numbers),
            self.note: "".join(f'<p class="gw-rag-note">{escape(note)}</p>' for note in cuts.notes),
            self.columns: columns_html(cuts.text, cuts.pages[cuts.page], cuts.done, cuts.size),
            self.pager: gr.Row(visible=more),
            self.back: gr.Button(interactive=cuts.page > 0),
            self.on: gr.Button(interactive=cuts.page + 1 < len(cuts.pages)),
        }


def _turning(step: int) -> Any:
    def turned(cuts: Cuts | None) -> Any:
        if not isinstance(cuts, Cuts):
            return None
        return replace(cuts, page=min(len(cuts.pages) - 1, max(0, cuts.page + step)))

    return turned
