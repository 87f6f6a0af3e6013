"""The chat: the visitor's chats, the open one, the answer that is being made, and where the next question is
typed. Chats are kept in the database under the visitor's id.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from app.errors import message_of
from app.rag.chat_exchange import Run, begun, moments, run_of, wanted_of
from app.rag.chat_list_view import chats_html
from app.rag.chat_record import Record, record_of
from app.rag.chat_view import conversation_html, empty_html, failed_html, working_html
from app.rag.chat_warm_up import WarmUp
from app.rag.documents_collections import BARE, TAB, CollectionsPart, told_by
from app.rag.settings_part import SettingsPart
from app.services import Services
from app.signal import signal
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.rag.answering.moments import Moment
from pipelines.rag.requests import MAX_QUERY_CHARS

_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_STREAMING = {"show_progress": "hidden", "api_visibility": "private", "concurrency_id": "generation"}
_ACTIONS_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_PAST_JS = "glassworks.rag.chat(element, trigger, watch); // 'submit', 'select'"
_NOW_JS = "glassworks.rag.working(element, watch);"


class ChatPart:
    """Laid out in the present place of the page. ``asked`` holds the last question of the open chat."""

    def __init__(self, services: Services, collections: CollectionsPart, examples: dict[str, Sequence[str]]):
        """``examples`` are questions to begin with, by the collection's id."""
        self._services, self._collections, self._examples = services, collections, examples
        self._warm_up = WarmUp(services)
        self.chat, self.asked, self.run = signal(), signal(), gr.State(None)
        self.chats = gr.HTML(elem_id="rag-chats", js_on_load=_ACTIONS_JS, **BARE)
        with gr.Column(elem_classes="gw-rag-paper", elem_id="rag-paper"):
            self.past = gr.HTML(elem_id="rag-past", js_on_load=_PAST_JS, **BARE)
            self.now = gr.HTML(elem_id="rag-now", js_on_load=_NOW_JS, **BARE)
        with gr.Row(elem_classes="gw-rag-composer"):
            self.question = gr.Textbox(
                label="Question", show_label=False, container=False, lines=1, max_lines=6, scale=1,
                min_width=160, max_length=MAX_QUERY_CHARS, elem_id="rag-question",
                placeholder="Ask the documents …",
            )  # fmt: skip
            self.send = gr.Button("Ask", variant="primary", scale=0, min_width=76, elem_id="rag-send")
            self.stop = gr.Button("Stop", interactive=False, scale=0, min_width=76, elem_id="rag-stop")

    def wire(self, settings: SettingsPart, filled: Any) -> None:
        self._settings = settings
        chosen = self._collections.collection
        asking = {self.chat, chosen, self.question, *settings.inputs}
        shown = [self.chat, self.chats, self.asked, self.past, self.now]
        writing = [*shown, self.question, self.send, self.stop, self.run]
        asks = [self.send.click, self.question.submit, self.past.submit]
        gr.on(asks, self._answer, asking, writing, trigger_mode="once", **_STREAMING)
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, **_QUICK)
        known = [self.chat, chosen, self.run]
        self.chats.select(self._managed, known, [*shown, chosen], **_QUICK)
        chosen.change(self._moved, known, shown, **_QUICK)
        filled.change(self._filled, [self.chat, chosen], self.past, **_QUICK)

    # Callbacks: each is public; the stores check whose the chat and the collection are.

    def opened(self, chat: str, kept: Any, request: gr.Request) -> dict[Any, Any]:
        """The chats of today; at the first time also the one that was open in this browser."""
        self._warm_up.begin()
        owner = self._collections.owner(request)
        remembered = "" if chat else _remembered(kept, dict(request.query_params))
        try:
            return (
                self._whole(remembered, owner, False)
                if remembered
                else {self.chats: self._listed(chat, owner)}
            )
        except GlassworksError:
            return {self.chats: self._listed(chat, owner)}

    def _answer(
        self, given: dict[Any, Any], request: gr.Request, event: gr.EventData = None
    ) -> Iterator[dict[Any, Any]]:
        """Update after update for the page; whatever goes wrong is said where the answer would stand."""
        told, typed = told_by(event), given[self.question]
        if not told.get("ask") and not str(typed or "").strip():
            yield {self.now: ""}
            return
        exchange = run = None
        try:
            visitor = self._services.identity.visitor(request)
            specs = self._settings.search(given), self._settings.answer(given)
            at = given[self._collections.collection], given[self.chat]
            exchange = begun(self._services, visitor, *at, wanted_of(told, typed), specs)
            run = run_of(self._services, exchange)
            opening = {self.question: "", self.run: run, **self._buttons(running=True)}
            first = working_html(Moment("searching", exchange.question))
            yield {**self._whole(exchange.chat, visitor.id, True), **opening, self.now: first}
            failed = ""
            for moment in moments(self._services, exchange, run):
                failed = failed_html(moment.note, exchange.position) if moment.state == "failed" else ""
                if run.left:
                    break
                yield {self.now: failed or working_html(moment)}
            ending = {**self._buttons(running=False), self.run: None}
            if run.left:
                yield ending
                return
            yield {**self._whole(exchange.chat, visitor.id, bool(failed)), self.now: failed, **ending}
            yield {self.run: None}  # the last answer is sent a second time: let it be a small one
        except Exception as error:
            yield self._refused(error, exchange)

    def _managed(
        self, chat: str, chosen: str, run: Run | None, request: gr.Request, event: gr.EventData = None
    ) -> dict[Any, Any]:
        told, owner, chats = told_by(event), self._collections.owner(request), self._services.rag.chats
        does, which = told.get("does"), str(told.get("chat") or "")
        try:
            if does == "rename":
                chats.rename(chat, owner, str(told.get("title") or ""))
                return {self.chats: self._listed(chat, owner)}
            if does == "delete":
                chats.delete(which, owner)
                if which != chat:
                    return {self.chats: self._listed(chat, owner)}
            if run is not None and does in ("open", "new", "delete"):
                run.leave()
            if does == "open":
                collection = chats.get(which, owner).collection
                return {
                    **self._whole(which, owner, False),
                    self.now: "",
                    self._collections.collection: collection,
                }
            return self._new(chosen, owner)
        except Exception as error:
            return {self.now: failed_html(message_of(error)), self.chats: self._listed(chat, owner)}

    def _moved(self, chat: str, chosen: str, run: Run | None, request: gr.Request) -> Any:
        """Another collection is chosen: a chat asks one alone, so a new one begins."""
        owner = self._collections.owner(request)
        if chat and self._collection_of(chat, owner) == chosen:
            return gr.skip()
        if run is not None:
            run.leave()
        return self._new(chosen, owner)

    def _filled(self, chat: str, chosen: str, request: gr.Request) -> Any:
        return gr.skip() if chat else self._empty(chosen, self._collections.owner(request))

    def record(self, chat: str, at: Any, owner: str) -> Record:
        """The answer at a place of a chat. Raises NotFoundError."""
        for one in self._services.rag.chats.messages(chat, owner):
            if str(one.position) == str(at) and one.role == "assistant":
                return record_of(one.content, one.data)
        raise NotFoundError("This answer is not in the chat any more.")

    # What is shown.

    def _whole(self, chat: str, owner: str, answering: bool) -> dict[Any, Any]:
        messages = self._services.rag.chats.messages(chat, owner)
        past = conversation_html(messages, chat, answering)
        asked = next((one.content for one in reversed(messages) if one.role == "user"), "")
        return {self.chat: chat, self.asked: asked, self.chats: self._listed(chat, owner), self.past: past}

    def _new(self, chosen: str, owner: str) -> dict[Any, Any]:
        empty = {self.past: self._empty(chosen, owner), self.now: ""}
        return {self.chat: "", self.chats: self._listed("", owner), **empty}

    def _empty(self, chosen: str, owner: str) -> str:
        try:
            collection = self._services.rag.collection(chosen, owner) if chosen else None
        except GlassworksError:
            collection = None
        return empty_html(collection, self._examples.get(chosen, ()))

    def _listed(self, chat: str, owner: str) -> str:
        names = {one.id: one.spec.name for one in self._services.rag.collections(owner)}
        return chats_html(self._services.rag.chats.list(owner), chat, names)

    def _collection_of(self, chat: str, owner: str) -> str:
        try:
            return self._services.rag.chats.get(chat, owner).collection
        except GlassworksError:
            return ""

    def _refused(self, error: Exception, exchange: Any) -> dict[Any, Any]:
        """What was typed stays where it was not asked."""
        position = exchange.position if exchange else None
        failed = failed_html(message_of(error), position)
        return {self.now: failed, self.run: None, **self._buttons(running=False)}

    def _buttons(self, running: bool) -> dict[Any, Any]:
        return {self.send: gr.Button(interactive=not running), self.stop: gr.Button(interactive=running)}


def _remembered(kept: Any, query: dict[str, str]) -> str:
    """The chat that this browser had open last; none where the address asks for something else."""
    if not isinstance(kept, dict) or not isinstance(kept.get("chat"), str):
        return ""
    elsewhere = query.get("collection", kept.get("collection")) != kept.get("collection")
    asks = query.get("tab") == TAB and (elsewhere or "question" in query)
    return "" if asks else kept["chat"]
