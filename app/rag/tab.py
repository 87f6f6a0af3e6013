"""The tab as a whole: a collection and the settings on the left; beside them the chat, or a look at what is
behind it.
"""

import json
from typing import Any

import gradio as gr

from app.errors import shown
from app.kept import keep, kept
from app.opening import when_linked, when_opened
from app.parts import PICKED
from app.rag.chat_part import ChatPart
from app.rag.chunkers_part import ChunkersPart
from app.rag.documents_collections import TAB, CollectionsPart, told_by
from app.rag.documents_part import DocumentsPart
from app.rag.indexes_part import IndexesPart
from app.rag.measure_part import MeasurePart
from app.rag.retrieval_part import RetrievalPart
from app.rag.script import ScriptPart
from app.rag.settings_part import SettingsPart
from app.rag.source_part import SourcePart
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.rag.answering.moments import Moment
from pipelines.rag.places import LESSONS
from pipelines.rag.requests import MAX_QUERY_CHARS
from pipelines.rag.specs import AnswerSpec, SearchSpec

CHAT, RETRIEVAL, CHUNKS, MEASURE = "chat", "retrieval", "chunks", "measure"
_LEAD = (
    "Ask your own documents: see which passages are found and why, what the model is given to read, and "
    "which passage each claim of its answer stands on."
)
_VIEWS = [("Chat", CHAT), ("Retrieval", RETRIEVAL), ("Chunks", CHUNKS), ("Measure", MEASURE)]
EXAMPLES = {
    LESSONS: (
        "What does temperature do?",
        "What is byte pair encoding?",
        "Why does a language model need positions?",
        "How tall is the Eiffel Tower?",
    )
}
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LINK_JS = (
    f"(text) => text && glassworks.copyLink('{TAB}', ['collection', 'question', 'search', 'answer'], "
    "JSON.parse(text))"
)
_MOST_LINK = 20_000  # characters


class _Pressed(Moment):
    """An answer's moment, hashed by identity: the part that is to show it is told when the hash has changed,
    and may show another search by now."""

    __hash__ = object.__hash__


class RagChat:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        self._services = services
        self.kept = kept("glassworks-rag")
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs gw-rag-form"):
                self.collections = CollectionsPart(services)
                self.documents = DocumentsPart(services, self.collections)
                self.collections.making()
                self.settings = SettingsPart(services)
                with gr.Row(elem_classes="gw-toolbar"):
                    self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0, elem_id="rag-link")
                self.link_text = gr.Textbox("", visible=False)
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result gw-rag-result"):
                self.view = gr.Radio(
                    _VIEWS, value=CHAT, label="What is shown", show_label=False, container=False,
                    interactive=True, elem_id="rag-view", elem_classes="gw-tune-view",
                )  # fmt: skip
                self._views()
        SourcePart(services)

    def _views(self) -> None:
        with gr.Column(elem_classes="gw-rag-view gw-rag-chat"):
            self.chat = ChatPart(self._services, self.collections, EXAMPLES)
            with gr.Accordion("The same in Python", open=False, elem_classes="gw-more", elem_id="rag-python"):
                self.script = ScriptPart(self._services, self.settings)
        with gr.Column(elem_classes="gw-rag-view gw-rag-retrieval"):
            self.retrieval = RetrievalPart(self._services, self.settings)
            with gr.Accordion(
                "Compare indexes", open=False, elem_classes="gw-more", elem_id="rag-indexes-fold"
            ):
                self.indexes = IndexesPart(self._services)
        with gr.Column(elem_classes="gw-rag-view gw-rag-chunks"):
            self.chunkers = ChunkersPart(self._services)
        with gr.Column(elem_classes="gw-rag-view gw-rag-measure"):
            self.measure = MeasurePart(self._services, self.settings)

    # Wiring.

    def wire(self) -> None:
        collections, chat = self.collections, self.chat
        chosen, open_chat = collections.collection, chat.chat
        # First, since the page hears a change's events in this order: what is seen as chosen is remembered.
        remembered = "(collection, chat) => ({ collection, chat })"
        keep(self.kept, [chosen.change, open_chat.change], [chosen, open_chat], remembered)
        collections.wire()
        self.documents.wire()
        chat.wire(self.settings, self.documents.filled)
        for part in (self.retrieval, self.indexes, self.measure):
            part.wire(chosen)
        self.chunkers.wire(chosen, self.view, CHUNKS)
        self.script.wire(chosen, chat.asked)
        traced = [self.retrieval.found, self.view]
        chat.past.select(self._traced, open_chat, traced, **PICKED)
        asked = {chosen, chat.question, *self.settings.inputs}
        self.link.click(shown(self._link), asked, self.link_text, **_QUICK).success(
            None, self.link_text, None, js=_LINK_JS
        )
        when_opened(collections.opened, [chosen, self.kept], [collections.choose, collections.offered])
        when_opened(chat.opened, [open_chat, self.kept], chat.outputs)
        documents = self.documents
        when_opened(documents.opened, chosen, [documents.progress, documents.timer])
        when_opened(self.settings.models, None, [self.settings.model])
        when_linked(self._linked, [chat.question, *self.settings.inputs])

    # Callbacks: each is public; the stores check whose the chat is.

    def _traced(self, chat: str, request: gr.Request, event: gr.EventData = None) -> tuple[Any, Any]:
        """The search of an answer, where the retrieval is shown."""
        told = told_by(event)
        if told.get("does") != RETRIEVAL:
            return gr.skip(), gr.skip()
        try:
            record = self.chat.record(chat, told.get("at"), self.collections.owner(request))
        except GlassworksError:
            return gr.skip(), gr.skip()
        return _Pressed(**vars(record.moment)), RETRIEVAL

    def _link(self, given: dict[Any, Any]) -> str:
        """What the address holds: the settings that are not the usual ones."""
        search, answer = self.settings.search(given), self.settings.answer(given)
        specs = [_unusual(search, SearchSpec()), _unusual(answer, AnswerSpec())]
        texts = [json.dumps(one) if one else None for one in specs]
        return json.dumps([given[self.collections.collection], given[self.chat.question] or None, *texts])

    def _linked(self, request: gr.Request) -> dict[Any, Any]:
        """A link is what anyone may have written: it goes through the specs, and what does not fit is left
        out. The collection is for its own part to open."""
        query = dict(request.query_params)
        if query.get("tab") != TAB or sum(map(len, query.values())) > _MOST_LINK:
            return {}
        question = str(query.get("question", ""))[:MAX_QUERY_CHARS]
        search, answer = _read(query, "search", SearchSpec), _read(query, "answer", AnswerSpec)
        return {**self.settings.shown(search, answer), **({self.chat.question: question} if question else {})}


def _unusual(spec: Any, usual: Any) -> dict[str, Any]:
    start = usual.to_dict()
    return {name: value for name, value in spec.to_dict().items() if value != start[name]}


def _read(query: dict[str, str], name: str, cls: type) -> Any:
    try:
        return cls.from_dict(json.loads(query.get(name, "{}")))
    except (GlassworksError, ValueError, TypeError, RecursionError):
        return cls()
