"""The chat: the visitor's chats, the open one, the answer that is being made, and where the next question is
typed. Chats are kept in the database under the visitor's id.

An answer is fetched by the page's script as it grows, not streamed as Gradio's events: each of those costs
the browser with every component that any event before could have changed.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from app.errors import message_of
from app.rag.chat_exchange import wanted_of
from app.rag.chat_list_view import chats_html
from app.rag.chat_record import Record, record_of
from app.rag.chat_runs import Runs
from app.rag.chat_view import conversation_html, empty_html, failed_html, live_html, working_html
from app.rag.chat_warm_up import WarmUp
from app.rag.documents_collections import BARE, TAB, CollectionsPart, told_by
from app.rag.settings_part import SettingsPart
from app.services import Services
from app.signal import signal
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.rag.requests import MAX_QUERY_CHARS

_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_ACTIONS_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_PAST_JS = "glassworks.rag.chat(element, trigger, watch); // 'submit', 'select'"
_BLANK_JS = "glassworks.rag.examples(element, trigger); // 'submit'"
_NOW_JS = "glassworks.rag.working(element, trigger, server, watch); // 'submit'"


class ChatPart:
    """Laid out in the present place of the page. ``asked`` holds the last question of the open chat."""

    def __init__(self, services: Services, collections: CollectionsPart, examples: dict[str, Sequence[str]]):
        """``examples`` are questions to begin with, by the collection's id."""
        self._services, self._collections, self._examples = services, collections, examples
        self._warm_up, self._runs = WarmUp(services), Runs(services)
        self.chat, self.asked = signal(), signal()
        self.chats = gr.HTML(elem_id="rag-chats", js_on_load=_ACTIONS_JS, **BARE)
        with gr.Column(elem_classes="gw-rag-paper", elem_id="rag-paper"):
            # In the place of a chat that nothing was asked in. A component of its own: what a collection
            # offers to ask, told late, never takes the place of what was asked meanwhile.
            self.blank = gr.HTML(elem_id="rag-blank", js_on_load=_BLANK_JS, **BARE)
            self.past = gr.HTML(elem_id="rag-past", js_on_load=_PAST_JS, **BARE)
            functions = {"rag_now": self._told, "rag_stop": self._stopped}
            self.now = gr.HTML(
                elem_id="rag-now", js_on_load=_NOW_JS, **BARE,
                server_functions=[self._function(*one) for one in functions.items()],
            )  # fmt: skip
        with gr.Row(elem_classes="gw-rag-composer"):
            self.question = gr.Textbox(
                label="Question", show_label=False, container=False, lines=1, max_lines=6, scale=1,
                min_width=160, max_length=MAX_QUERY_CHARS, elem_id="rag-question",
                placeholder="Ask the documents …",
            )  # fmt: skip
            self.send = gr.Button("Ask", variant="primary", scale=0, min_width=76, elem_id="rag-send")
            self.stop = gr.Button("Stop", interactive=False, scale=0, min_width=76, elem_id="rag-stop")

    @property
    def outputs(self) -> list[Any]:
        """What an open chat fills."""
        return [
            self.chat, self.chats, self.asked, self.blank, self.past, self.now, self.send, self.stop,
        ]  # fmt: skip

    def wire(self, settings: SettingsPart, filled: Any) -> None:
        self._settings = settings
        chosen = self._collections.collection
        asking = {self.chat, chosen, self.question, *settings.inputs}
        asks = [self.send.click, self.question.submit, self.past.submit, self.blank.submit]
        gr.on(asks, self._ask, asking, [*self.outputs, self.question], trigger_mode="once", **_QUICK)
        self.now.submit(self._ended, self.chat, self.outputs, **_QUICK)
        known = [self.chat, chosen]
        self.chats.select(self._managed, known, [*self.outputs, chosen], **_QUICK)
        chosen.change(self._moved, known, self.outputs, **_QUICK)
        filled.change(self._filled, chosen, self.blank, **_QUICK)

    # Callbacks: each is public; the stores check whose the chat and the collection are.

    def opened(self, chat: str, kept: Any, request: gr.Request) -> dict[Any, Any]:
        """The chats of today; at the first time also the one that was open in this browser."""
        self._warm_up.begin()
        owner = self._collections.owner(request)
        remembered = "" if chat else _remembered(kept, dict(request.query_params))
        try:
            if remembered:
                return self._whole(remembered, owner)
        except GlassworksError:  # it is not there any more
            pass
        return {self.chats: self._listed(chat, owner)}

    def _ask(self, given: dict[Any, Any], request: gr.Request, event: gr.EventData = None) -> dict[Any, Any]:
        """Begin an answer, which the page then fetches as it grows; a refusal stands where it would."""
        told, typed = told_by(event), given[self.question]
        if not told.get("ask") and not str(typed or "").strip():
            return {self.now: ""}
        try:
            visitor = self._services.identity.visitor(request)
            if self._runs.live(given[self.chat], visitor.id):
                return self._whole(
                    given[self.chat], visitor.id
                )  # what is typed stays, and so does the answer
            specs = self._settings.search(given), self._settings.answer(given)
            at = given[self._collections.collection], given[self.chat]
            run = self._runs.begin(visitor, *at, wanted_of(told, typed), specs)
            whole = self._whole(run.exchange.chat, visitor.id)
            if run.over:  # already: the page has nothing to wait for
                whole = self._settled(run.id, run.exchange.chat, visitor.id)
            return {**whole, self.question: ""}
        except Exception as error:  # what was typed stays
            return {self.now: failed_html(message_of(error))}

    def _ended(self, chat: str, request: gr.Request, event: gr.EventData = None) -> dict[Any, Any]:
        """The page has seen the end of an answer: the chat with it, or what failed."""
        owner = self._collections.owner(request)
        try:
            if not chat:
                return gr.skip()
            return self._settled(told_by(event).get("run"), chat, owner)
        except Exception as error:
            return {self.now: failed_html(message_of(error)), **self._buttons(running=False)}

    def _settled(self, run: Any, chat: str, owner: str) -> dict[Any, Any]:
        failed = self._failed(run, chat, owner)
        return {
            **self._whole(chat, owner, answering=bool(failed)),
            **({self.now: failed} if failed else {}),
        }

    def _failed(self, run: Any, chat: str, owner: str) -> str:
        """What went wrong with the run; empty where nothing did, or where it is of another chat or gone."""
        try:
            found = self._runs.get(run, owner)
        except NotFoundError:
            return ""
        if found.exchange.chat != chat or found.moment.state != "failed":
            return ""
        return failed_html(found.moment.note, found.exchange.position)

    def _told(self, data: dict[str, Any], owner: str) -> dict[str, Any]:
        """``{run, seen}`` → how far an answer is: its number, HTML where that is another than was seen, and
        whether it is over."""
        run = self._runs.get(data.get("run"), owner)
        over, number = run.over, run.number
        html = {} if data.get("seen") == number else {"html": working_html(run.moment)}
        return {"number": number, "over": over, **html}

    def _stopped(self, data: dict[str, Any], owner: str) -> dict[str, Any]:
        """``{run}``"""
        self._runs.get(data.get("run"), owner).stop()
        return {}

    def _managed(
        self, chat: str, chosen: str, request: gr.Request, event: gr.EventData = None
    ) -> dict[Any, Any]:
        told, owner, chats = told_by(event), self._collections.owner(request), self._services.rag.chats
        does, which = told.get("does"), str(told.get("chat") or "")
        try:
            if does == "rename":
                chats.rename(chat, owner, str(told.get("title") or ""))
                return {self.chats: self._listed(chat, owner)}
            if does == "delete":
                self._deleted(which, owner)
                if which != chat:
                    return {self.chats: self._listed(chat, owner)}
            if does == "open":
                collection = chats.get(which, owner).collection
                return {**self._whole(which, owner), self._collections.collection: collection}
            return self._new(chosen, owner)
        except Exception as error:
            return {self.now: failed_html(message_of(error)), self.chats: self._listed(chat, owner)}

    def _deleted(self, chat: str, owner: str) -> None:
        self._services.rag.chats.delete(chat, owner)
        if run := self._runs.live(chat, owner):
            run.stop()

    def _moved(self, chat: str, chosen: str, request: gr.Request) -> Any:
        """Another collection is chosen: a chat asks one alone, so a new one begins."""
        owner = self._collections.owner(request)
        if not chat or self._collection_of(chat, owner) == chosen:
            return {self.blank: self._empty(chosen, owner)}
        return self._new(chosen, owner)

    def _filled(self, chosen: str, request: gr.Request) -> str:
        return self._empty(chosen, self._collections.owner(request))

    def record(self, chat: str, at: Any, owner: str) -> Record:
        """The answer at a place of a chat. Raises NotFoundError."""
        for one in self._services.rag.chats.messages(chat, owner):
            if str(one.position) == str(at) and one.role == "assistant":
                return record_of(one.content, one.data)
        raise NotFoundError("This answer is not in the chat any more.")

    # What is shown.

    def _whole(self, chat: str, owner: str, answering: bool = False) -> dict[Any, Any]:
        """The chat, with the answer that is being made in it."""
        run = self._runs.live(chat, owner)
        messages = self._services.rag.chats.messages(chat, owner)
        past = conversation_html(messages, chat, answering or run is not None)
        asked = next((one.content for one in reversed(messages) if one.role == "user"), "")
        now = live_html(run.id, run.moment) if run else ""
        told = {self.chat: chat, self.asked: asked, self.chats: self._listed(chat, owner)}
        return {**told, self.past: past, self.now: now, **self._buttons(run is not None)}

    def _new(self, chosen: str, owner: str) -> dict[Any, Any]:
        empty = {self.blank: self._empty(chosen, owner), self.past: "", self.now: ""}
        return {self.chat: "", self.chats: self._listed("", owner), **empty, **self._buttons(running=False)}

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

    def _buttons(self, running: bool) -> dict[Any, Any]:
        return {self.send: gr.Button(interactive=not running), self.stop: gr.Button(interactive=running)}

    def _function(self, name: str, answer: Callable[[dict[str, Any], str], dict[str, Any]]) -> Any:
        """What the page's script calls; JSON, ``{"gone": true}`` for what is not there."""

        def asked(data: Any, request: gr.Request) -> str:
            try:
                owner = self._services.identity.visitor(gr.Request(request)).id
                return json.dumps(answer(data if isinstance(data, dict) else {}, owner))
            except GlassworksError:
                return json.dumps({"gone": True})

        asked.__name__ = name
        return asked


def _remembered(kept: Any, query: dict[str, str]) -> str:
    """The chat that this browser had open last; none where the address asks for something else."""
    if not isinstance(kept, dict) or not isinstance(kept.get("chat"), str):
        return ""
    elsewhere = query.get("collection", kept.get("collection")) != kept.get("collection")
    asks = query.get("tab") == TAB and (elsewhere or "question" in query)
    return "" if asks else kept["chat"]
