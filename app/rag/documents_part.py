"""The documents of the chosen collection: bring files, paste a text, watch them being added, read and delete
them. What is added stands in the database, so the progress is there again after a refresh.
"""

import hashlib
import time
from pathlib import Path
from typing import Any

import gradio as gr

from app.errors import message_of
from app.opening import rest_when_left
from app.rag.documents_collections import BARE, CollectionsPart, told_by
from app.rag.documents_view import documents_html, progress_html
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import SpecError
from pipelines.rag.records import Addition, Collection

_LATELY = 30.0  # seconds after an addition's end
_TICK_SECONDS = 1.5
_MOST_TEXT = 2_000_000
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"


class DocumentsPart:
    """Laid out in the present place of the page, below the collections. ``filled`` changes when there is
    something new to be asked."""

    def __init__(self, services: Services, collections: CollectionsPart):
        self._services, self._collections = services, collections
        self.filled, self.page, self.turned = signal(), signal(), signal()
        self.timer = gr.Timer(_TICK_SECONDS, active=False)
        self.progress = gr.HTML(elem_id="rag-progress", js_on_load=_JS, **BARE)
        self.files = gr.File(
            label="Bring documents", file_count="multiple", height=96, elem_id="rag-files",
            elem_classes="gw-rag-files",
        )  # fmt: skip
        self.error = gr.HTML(elem_id="rag-documents-error")
        with gr.Accordion("Paste a text", open=False, elem_classes="gw-more", elem_id="rag-paste"):
            self.name = gr.Textbox(
                label="Name", max_length=200, max_lines=1, elem_id="rag-paste-name", placeholder="notes.md",
                info="Its end says how it is read: .md, .html, .csv, .py …; none is plain text.",
            )  # fmt: skip
            self.text = gr.Textbox(
                label="Text", lines=4, max_lines=12, max_length=_MOST_TEXT, elem_id="rag-paste-text"
            )
            self.add = gr.Button("Add the text", elem_id="rag-paste-add")
        with gr.Accordion("Documents", open=False, elem_classes="gw-more", elem_id="rag-documents-fold"):
            self.list = gr.HTML(elem_id="rag-documents", js_on_load=_JS, **BARE)

    def wire(self) -> None:
        chosen = self._collections.collection
        head = self._collections.head
        chosen.change(self._shown, chosen, [self.progress, self.list, self.timer, self.error], **_QUICK)
        adding = [chosen, self.error, self.timer, self.progress]
        self.files.upload(
            self._brought, [chosen, self.files], [*adding, self.files], show_progress="hidden",
            api_visibility="private",
        )  # fmt: skip
        self.add.click(
            self._pasted, [chosen, self.name, self.text], [*adding, self.name, self.text], **_QUICK
        )
        known, told = [chosen, self.progress, self.turned], [self.progress, self.turned, self.timer]
        self.timer.tick(self._tick, known, told, trigger_mode="once", **_QUICK)
        turned = [self.progress, self.list, self.timer, head, self.filled]
        self.turned.change(self._turn, [chosen, self.page], turned, **_QUICK)
        acted = [self.error, self.progress, self.list, head, self.page, self.timer]
        gr.on([self.list.select, self.progress.select], self._acted, [chosen, self.page], acted, **_QUICK)
        rest_when_left(self.timer)

    # Callbacks: each is public; the service checks whose the documents are.

    def opened(self, chosen: str, request: gr.Request) -> tuple[Any, Any]:
        """What is being added goes on being watched when the tab comes back; (progress, timer)."""
        if not chosen:
            return gr.skip(), gr.skip()
        updates, live, _ = self._looked(chosen, 0, self._collections.owner(request))
        return updates[self.progress], gr.Timer(active=True) if live else gr.skip()

    def _shown(self, chosen: str, request: gr.Request) -> dict[Any, Any]:
        if not chosen:
            return {self.progress: "", self.list: "", self.timer: gr.Timer(active=False)}
        owner = self._collections.owner(request)
        try:
            updates, live, _ = self._looked(chosen, 0, owner)
        except Exception:  # the collections' part says why
            return {self.progress: "", self.list: "", self.timer: gr.Timer(active=False)}
        # What ended a moment ago is looked at once more: the counts may have been read before it did.
        lately = any(
            time.time() - one.updated < _LATELY for one in self._services.rag.additions(chosen, owner)
        )
        return {**updates, self.timer: gr.Timer(active=live or lately), self.error: ""}

    def _tick(self, chosen: str, progress: str, turned: str, request: gr.Request) -> Any:
        """How far the additions are, and a word to the page where more has changed: to Gradio every output
        costs, also one that stays as it is."""
        try:
            updates, live, now = self._looked(chosen, 0, self._collections.owner(request))
        except Exception as error:
            return {self.progress: error_html(message_of(error)), self.turned: "gone"}
        html = updates[self.progress]
        told = {} if html == progress else {self.progress: html}
        if now != turned:
            told[self.turned] = now
        elif not live:
            told[self.timer] = gr.Timer(active=False)
        return told or gr.skip()

    def _turn(self, chosen: str, page: str, request: gr.Request) -> dict[Any, Any]:
        """The list, the counts and the timer as they are now."""
        owner = self._collections.owner(request)
        try:
            updates, live, now = self._looked(chosen, _page_of(page), owner)
            head = self._collections.head_of(chosen, owner)
        except Exception:  # the tick has said why
            return {self.timer: gr.Timer(active=False)}
        more = {self._collections.head: head, self.filled: now}
        return {**updates, **more, self.timer: gr.Timer(active=live)}

    def _brought(self, chosen: str, files: list[str] | None, request: gr.Request) -> dict[Any, Any]:
        """A message stands beside the field, and the field is free for other files."""
        try:
            paths = [(Path(one), Path(one).name) for one in files or ()]
            if not paths:
                return {self.files: None}
            target, owner = self._target(chosen, request)
            self._services.rag.add_files(target.id, paths, owner)
        except Exception as error:
            return {self.error: error_html(message_of(error)), self.files: None}
        return {**self._begun(target, owner), self.files: None}

    def _pasted(self, chosen: str, name: str, text: str, request: gr.Request) -> dict[Any, Any]:
        try:
            if not str(text or "").strip():
                raise SpecError("text", text, "some text")
            target, owner = self._target(chosen, request)
            self._services.rag.add_text(target.id, str(text), str(name or "").strip() or _named(text), owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {**self._begun(target, owner), self.name: "", self.text: ""}

    def _acted(
        self, chosen: str, page: str, request: gr.Request, event: gr.EventData = None
    ) -> dict[Any, Any]:
        told, owner, rag = told_by(event), self._collections.owner(request), self._services.rag
        does, at = told.get("does"), _page_of(page)
        try:
            if does == "delete":
                rag.delete_document(chosen, str(told.get("document") or ""), owner)
            elif does == "cancel":
                rag.cancel(str(told.get("addition") or ""), owner)
            elif does == "page":
                at = _page_of(told.get("page"))
            updates, live, _ = self._looked(chosen, at, owner)
            head = self._collections.head_of(chosen, owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        more = {self.error: "", self.page: str(at), self._collections.head: head}
        return {**updates, **more, **({self.timer: gr.Timer(active=True)} if live else {})}

    # What is there.

    def _target(self, chosen: str, request: gr.Request) -> tuple[Collection, str]:
        owner = self._collections.owner(request)
        return self._collections.own(chosen, owner), owner

    def _begun(self, target: Collection, owner: str) -> dict[Any, Any]:
        progress = progress_html(self._services.rag.additions(target.id, owner), owner)
        chosen = {self._collections.collection: target.id}
        return {**chosen, self.error: "", self.timer: gr.Timer(active=True), self.progress: progress}

    def _looked(self, chosen: str, page: int, owner: str) -> tuple[dict[Any, Any], bool, str]:
        """(updates, whether something is being added, a word that changes with what is there)."""
        rag = self._services.rag
        collection, additions = rag.collection(chosen, owner), self._services.rag.additions(chosen, owner)
        documents = rag.documents(chosen, owner)
        html = documents_html(documents, collection.owner == owner, page)
        live, told = _goes_on(collection, additions), {self.progress: progress_html(additions, owner)}
        state = f"{collection.id} {collection.version} {collection.chunks} {live} {html}"
        mark = hashlib.blake2b(state.encode(), digest_size=8).hexdigest()
        return {**told, self.list: html}, live, mark


def _goes_on(collection: Collection, additions: list[Addition]) -> bool:
    """Whether the page is to look again soon: also before the lessons have begun to be read."""
    return any(one.live for one in additions) or not (collection.owner or collection.chunks or additions)


def _page_of(value: Any) -> int:
    return int(value) if str(value or "").isdecimal() else 0


def _named(text: str) -> str:
    """A pasted text's own beginning."""
    words = " ".join(text.split())[:40].strip()
    return "".join(one if one.isalnum() or one in " -_" else " " for one in words).strip() or "pasted text"
