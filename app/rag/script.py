"""The search and the answer of the page as Python files for a visitor to take away: of plain libraries, of
LangChain, of LlamaIndex; and the collection's chunks, which they read.
"""

from dataclasses import replace
from typing import Any

import gradio as gr

from app.access import check_model
from app.errors import message_of, shown
from app.identity import Visitor
from app.python_code import code_html
from app.rag.asking import default_writer, writer_of
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.models.elsewhere import place_of
from pipelines.models.endpoints import Endpoint
from pipelines.models.names import parse
from pipelines.prompting.lab.script.facts import model_of
from pipelines.rag.requests import MAX_QUERY_CHARS
from pipelines.rag.scripts.chunks import chunks_jsonl
from pipelines.rag.scripts.facts import FLAVOURS, PLAIN, Asked, Model
from pipelines.rag.scripts.whole import script_of
from pipelines.rag.specs import AnswerSpec, CollectionSpec, SearchSpec

HINT = (
    '<p class="gw-hint">A question’s script finds the same passages with plain libraries, LangChain or '
    "LlamaIndex. The chunks go with it as a file.</p>"
)
_MOST = 60_000_000  # characters: the browser takes them in one piece
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_SAVE_JS = "(text) => text && glassworks.saveData(text, '{name}')"


def script_for(services: Services, visitor: Visitor, flavour: str, asked: Asked) -> str:
    """The models that the answer's settings name are looked up here. Raises a GlassworksError for one that is
    not there or not for this visitor."""
    answer = asked.answer
    name = answer.model or default_writer(services)
    writer = _writer(services, visitor, name) if name and answer.answerer != "extract" else None
    reader = _model(services, visitor, answer.qa_model) if answer.answerer != "generate" or not name else None
    return script_of(flavour, replace(asked, writer=writer, reader=reader))


def asked_of(
    services: Services,
    visitor: Visitor,
    collection: str,
    question: Any,
    search: SearchSpec,
    answer: AnswerSpec,
) -> Asked:
    """Raises NotFoundError for a collection that the visitor may not search."""
    text = question.strip() if isinstance(question, str) else ""
    if not 0 < len(text) <= MAX_QUERY_CHARS:
        raise SpecError("question", question, f"a question of at most {MAX_QUERY_CHARS:,} characters")
    spec = services.rag.collection(collection, visitor.id).spec
    return Asked(_elsewhere(spec), search, answer, text)


def chunks_for(services: Services, visitor: Visitor, collection: str) -> str:
    """Every chunk of the collection, a line each. Raises ConflictError where that is more than a browser
    takes."""
    found = services.rag.collection(collection, visitor.id)
    documents = {one.id: one for one in services.rag.documents(found.id, visitor.id) if one.chunks}
    if sum(one.characters for one in documents.values()) > _MOST:
        raise ConflictError("This collection is more than a browser takes at once: use --documents instead.")
    texts = {id_: services.rag.text(found.id, id_, visitor.id) for id_ in documents}
    chunks = (one for one in services.rag.store.all_chunks(found.id) if one.document in documents)
    return "".join(chunks_jsonl(chunks, documents, texts))


class ScriptPart:
    """Laid out in the present place of the page. ``settings`` is what asks for the specs elsewhere on it:
    ``inputs``, ``search(given) -> SearchSpec`` and ``answer(given) -> AnswerSpec``."""

    def __init__(self, services: Services, settings: Any = None):
        self._services, self._settings = services, settings
        with gr.Row(elem_classes="gw-found-choose"):
            self.question = gr.Textbox(
                label="Question", max_lines=2, max_length=MAX_QUERY_CHARS, min_width=200, scale=2,
                elem_id="rag-script-question",
            )  # fmt: skip
            self.flavour = gr.Radio(
                [(title, name) for name, title in FLAVOURS.items()], value=PLAIN, label="With", min_width=260,
                scale=3, elem_id="rag-script-flavour",
            )  # fmt: skip
        with gr.Row(elem_classes="gw-toolbar"):
            self.make = gr.Button(
                "Show the script", size="sm", min_width=130, scale=0, elem_id="rag-script-make"
            )
            self.file = gr.Button(
                "Download .py", size="sm", min_width=110, scale=0, elem_id="rag-script-file"
            )
            self.chunks = gr.Button(
                "Download chunks.jsonl", size="sm", min_width=160, scale=0, elem_id="rag-script-chunks"
            )
        self.code = gr.HTML(HINT, elem_id="rag-script")
        self.text = gr.Textbox("", visible=False)

    def wire(self, collection: Any, question: Any = None) -> None:
        """``collection`` is the hidden text box with the chosen collection's id; ``question`` a component
        whose text fills the part's own when it changes."""
        self._collection = collection
        asked = {collection, self.question, self.flavour}
        asked |= set(self._settings.inputs) if self._settings else set()
        live = {**_QUIET, "trigger_mode": "always_last"}
        gr.on([self.make.click, self.question.submit], self._shown, asked, self.code, **live)
        self.flavour.input(self._shown_again, asked, self.code, **live)
        made = self.file.click(shown(self._script), asked, self.text, **_QUIET)
        made.success(None, self.text, None, js=_SAVE_JS.replace("{name}", "rag.py"))
        told = self.chunks.click(shown(self._chunks), collection, self.text, **_QUIET)
        told.success(None, self.text, None, js=_SAVE_JS.replace("{name}", "chunks.jsonl"))
        collection.change(lambda: HINT, None, self.code, **_QUIET)
        if question is not None:
            question.change(lambda text: text or gr.skip(), question, self.question, **live)

    # Callbacks: each is public; the service checks whose the collection is.

    def _shown(self, given: dict[Any, Any], request: gr.Request) -> str:
        try:
            return code_html(self._script(given, request))
        except Exception as error:
            return error_html(message_of(error))

    def _shown_again(self, given: dict[Any, Any], request: gr.Request) -> str:
        """With other libraries, once a question is there."""
        return self._shown(given, request) if str(given[self.question] or "").strip() else HINT

    def _script(self, given: dict[Any, Any], request: gr.Request) -> str:
        visitor = self._services.identity.visitor(request)
        search = self._settings.search(given) if self._settings else SearchSpec()
        answer = self._settings.answer(given) if self._settings else AnswerSpec()
        collection = str(given[self._collection] or "")
        asked = asked_of(self._services, visitor, collection, given[self.question], search, answer)
        return script_for(self._services, visitor, str(given[self.flavour]), asked)

    def _chunks(self, collection: str, request: gr.Request) -> str:
        return chunks_for(self._services, self._services.identity.visitor(request), str(collection or ""))


def _writer(services: Services, visitor: Visitor, name: str) -> Model:
    known = writer_of(services, visitor, name)
    found = _model(services, visitor, name)
    return replace(found, chat=known.chat, short=known.short, context=known.context)


def _model(services: Services, visitor: Visitor, name: str) -> Model:
    check_model(name, visitor)
    found = model_of(name, services.settings, services.models)
    if isinstance(found, Endpoint):
        return Model(found.model, url=found.url, key=found.key_env)
    if found.virtual:
        raise GlassworksError(f"{name} puts learnt tokens before each text, which this script does not.")
    return Model(found.base, found.adapters, found.tokenizer, found.said)


def _elsewhere(spec: CollectionSpec) -> CollectionSpec:
    """With the embedding model by the place where a reader finds it."""
    return replace(spec, embedder=place_of(parse(spec.embedder)))
