"""Which collection is asked: the visitor's own, the one that comes with the app, or one that is shared by its
id; and what its owner does with it. Whose it is, is the service's to check.
"""

import re
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from app.choosers import first_choice, put, take_first
from app.errors import message_of
from app.prompt_lab.fields import Fields
from app.rag.documents_view import head_html
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.rag.places import LESSONS
from pipelines.rag.records import Collection
from pipelines.rag.specs import MINILM, ChunkSpec, CollectionSpec

TAB = "rag"
OWN_NAME = "My documents"  # made for a file that is brought while another's collection is chosen
BARE = {"apply_default_css": False}  # the tab's own style sheets say how its HTML looks
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_IN_LINK = re.compile(r"[?&]collection=([\w-]{1,80})")


class CollectionsPart:
    """Laid out in the present place of the page; :meth:`making` where a new one is made. ``collection`` holds
    the id of the one that is chosen: whoever follows it listens to its change."""

    def __init__(self, services: Services):
        self._services = services
        self.collection, self.offered = signal(), signal()
        self.choose = gr.Dropdown(
            [], label="Collection", allow_custom_value=True, elem_id="rag-collection",
            info="Yours, the app's own, or the id or link of one that is shared with you.",
        )  # fmt: skip
        self.head = gr.HTML(elem_id="rag-head", js_on_load=_JS, **BARE)
        self.error = gr.HTML(elem_id="rag-collection-error")

    def making(self) -> None:
        with gr.Accordion(
            "New collection", open=False, elem_classes="gw-more", elem_id="rag-new"
        ) as self.fold:
            self._fields = Fields(
                CollectionSpec(name="-"), "rag-new", lambda name, _: name in ("name", "language")
            )
            self._fields.components["name"].value = ""
            self.embedder = gr.Dropdown(
                [("MiniLM, here", MINILM)], value=MINILM, allow_custom_value=True, label="Embedding model",
                info="Or type the name of a sentence-transformers model of the Hub.",
                elem_id="rag-new-embedder",
            )  # fmt: skip
            self._chunks = Fields(ChunkSpec(), "rag-new", boxes=("chunk_size", "chunk_overlap"))
            self.create = gr.Button("Make the collection", elem_id="rag-create")

    def wire(self) -> None:
        chosen = [self.choose, self.collection, self.error]
        self.choose.input(self._chosen, self.choose, [self.collection, self.error], **_QUICK)
        take_first(self.offered, self.collection)
        looked = [self.collection, self.choose]
        self.collection.change(self._shown, looked, [self.choose, self.head, self.error], **_QUICK)
        self.head.select(self._managed, self.collection, [*chosen, self.head], **_QUICK)
        form = {*self._fields.inputs, self.embedder, *self._chunks.inputs}
        name = self._fields.components["name"]
        self.create.click(self._created, form, [self.collection, self.error, self.fold, name], **_QUICK)

    # Callbacks: each is public; the service checks whose the collection is.

    def opened(self, chosen: str, kept: Any, request: gr.Request) -> tuple[Any, Any]:
        """The collections of today; at the first time one of them for ``offered``: that of the address, else
        the one that was open here, else the lessons. ``kept`` is what the browser remembers:
        {"collection": id, …}."""
        owner = self.owner(request)
        choices = self._choices(owner)
        if chosen:
            return gr.Dropdown(choices=choices), gr.skip()
        asked = dict(request.query_params)
        wanted = [asked.get("collection") if asked.get("tab") == TAB else None]
        wanted += [(kept or {}).get("collection") if isinstance(kept, dict) else None, LESSONS]
        found = next((one for one in (self._found(name, owner) for name in wanted) if one), None)
        if found is None and not choices:
            return gr.skip(), gr.skip()
        begin = found.id if found else choices[0][1]
        return gr.Dropdown(choices=self._choices(owner, begin)), first_choice(begin)

    def _chosen(self, value: str | None, request: gr.Request) -> tuple[Any, Any]:
        typed = str(value or "").strip()
        if not typed:
            return gr.skip(), ""
        within = _IN_LINK.search(typed)
        try:
            return self._services.rag.collection(within[1] if within else typed, self.owner(request)).id, ""
        except Exception as error:
            return gr.skip(), error_html(message_of(error))

    def _shown(self, chosen: str, held: str | None, request: gr.Request) -> tuple[Any, Any, str]:
        if not chosen:
            return gr.skip(), "", ""
        owner = self.owner(request)
        try:
            html = self.head_of(chosen, owner)
        except Exception as error:
            return gr.skip(), "", error_html(message_of(error))
        return gr.update(choices=self._choices(owner, chosen), **put(held, chosen)), html, ""

    def _managed(self, chosen: str, request: gr.Request, event: gr.EventData = None) -> dict[Any, Any]:
        told, owner, rag = told_by(event), self.owner(request), self._services.rag
        try:
            if told.get("does") == "rename":
                rag.rename(chosen, str(told.get("name") or ""), owner)
            elif told.get("does") == "share":
                rag.share(chosen, bool(told.get("on")), owner)
            elif told.get("does") == "delete":
                rag.delete(chosen, owner)
                return {self.collection: LESSONS, self.choose: gr.Dropdown(choices=self._choices(owner))}
            choices = self._choices(owner, chosen)
            head = self.head_of(chosen, owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.choose: gr.Dropdown(choices=choices, value=chosen), self.head: head, self.error: ""}

    def _created(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        try:
            values = self._fields.values(given)
            chunking = self._chunks.values(given)
            values |= {"embedder": given[self.embedder] or "", "chunking": chunking}
            visitor = self._services.identity.visitor(request)
            made = self._services.rag.create(CollectionSpec.from_dict(values), visitor.id, visitor.is_owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        name = self._fields.components["name"]
        return {self.collection: made.id, self.error: "", self.fold: gr.Accordion(open=False), name: ""}

    # What the other parts ask.

    def owner(self, request: gr.Request) -> str:
        return self._services.identity.visitor(request).id

    def head_of(self, chosen: str, owner: str) -> str:
        """Raises NotFoundError for what is not there or another's."""
        collection = self._services.rag.collection(chosen, owner)
        link = "?" + urlencode({"tab": TAB, "collection": collection.id})
        return head_html(collection, collection.owner == owner, link)

    def own(self, chosen: str, owner: str) -> Collection:
        """Where a new document goes: the chosen collection if it is this visitor's, else one of theirs that
        is made for the purpose."""
        rag = self._services.rag
        collection = self._found(chosen, owner)
        if collection is not None and collection.owner == owner:
            return collection
        there = (one for one in rag.collections(owner) if one.owner == owner and one.spec.name == OWN_NAME)
        return next(there, None) or rag.create(CollectionSpec(name=OWN_NAME), owner)

    def _found(self, name: Any, owner: str) -> Collection | None:
        if not isinstance(name, str) or not name:
            return None
        try:
            return self._services.rag.collection(name, owner)
        except GlassworksError:
            return None

    def _choices(self, owner: str, chosen: str = "") -> list[tuple[str, str]]:
        """Own ones, what comes with the app, and the chosen one where it is another's."""
        listed = self._services.rag.collections(owner)
        if chosen and all(one.id != chosen for one in listed):
            shared = self._found(chosen, owner)
            listed = [*listed, *([shared] if shared else [])]
        return [(_titled(one, owner), one.id) for one in listed]


def _titled(collection: Collection, owner: str) -> str:
    if collection.owner == owner:
        return collection.spec.name
    return f"{collection.spec.name}{' · shared with you' if collection.owner else ''}"


def told_by(event: gr.EventData | None) -> dict[str, Any]:
    """What a button of the page has sent; anyone may have written it."""
    told = getattr(event, "_data", None)
    return told if isinstance(told, dict) else {}
