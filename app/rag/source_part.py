"""The panel that opens a source: what a citation, a passage or a document's name leads to. Also what the
page's script fetches when a fold of an answer is opened. Everything is asked anew of the services, which
check whose it is.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.errors import message_of
from app.rag.chat_details_view import prompt_html
from app.rag.chat_record import Record, record_of
from app.rag.chat_view import failed_html
from app.rag.documents_collections import BARE
from app.rag.source_view import CHANGED, GONE, Head, Place, remembered_html, source_html
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.rag.records import StoredChunk
from pipelines.rag.requests import Passage

_JS = "glassworks.rag.source(element, server);"


class SourcePart:
    """Laid out once; every button of the tab with ``data-source`` opens it."""

    def __init__(self, services: Services):
        self._services = services
        functions = {"rag_source": self.opened, "rag_prompt": self.prompt}
        gr.HTML(
            "", html_template="", js_on_load=_JS, elem_id="rag-source", **BARE,
            server_functions=[self._function(*one) for one in functions.items()],
        )  # fmt: skip

    def opened(self, data: dict[str, Any], owner: str) -> str:
        """Of ``{chat, at}`` with ``claim``, ``place`` or ``extract``, or of ``{collection, document,
        position}``."""
        return self._cited(data, owner) if "chat" in data else self._passage(data, owner)

    def prompt(self, data: dict[str, Any], owner: str) -> str:
        """Of ``{chat, at}``."""
        return prompt_html(self._record(data, owner).moment)

    def _passage(self, data: dict[str, Any], owner: str) -> str:
        collection, document = _text(data, "collection"), _text(data, "document")
        position = _whole(data, "position")
        rag = self._services.rag
        text, chunks = rag.text(collection, document, owner), rag.chunks(collection, document, owner)
        if not 0 <= position < len(chunks):
            raise NotFoundError("There is no such passage in this document any more.")
        one = chunks[position]
        head = Head(self._name(collection, document, owner), collection, document, one.page, one.heading)
        return source_html(head, text, Place(one.start, one.end), chunks, position)

    def _cited(self, data: dict[str, Any], owner: str) -> str:
        record = self._record(data, owner)
        passage, from_, to = _asked_for(record, data)
        place = Place(passage.start, passage.end, passage.start + from_, passage.start + to)
        head = Head(passage.name, record.collection, passage.document, passage.page, passage.heading)
        rag = self._services.rag
        try:
            text = rag.text(record.collection, passage.document, owner)
            chunks = rag.chunks(record.collection, passage.document, owner)
        except NotFoundError:
            return remembered_html(head, passage.text, place, GONE)
        if text[passage.start : passage.end] != passage.text:
            return remembered_html(head, passage.text, place, CHANGED)
        return source_html(head, text, place, chunks, _position(chunks, passage))

    def _name(self, collection: str, document: str, owner: str) -> str:
        documents = self._services.rag.documents(collection, owner)
        return next((one.name for one in documents if one.id == document), "Document")

    def _record(self, data: dict[str, Any], owner: str) -> Record:
        at = _whole(data, "at")
        messages = self._services.rag.chats.messages(_text(data, "chat"), owner)
        message = next((one for one in messages if one.position == at and one.role == "assistant"), None)
        if message is None:
            raise NotFoundError("This answer is not in the chat any more.")
        return record_of(message.content, message.data)

    def _function(self, name: str, answer: Callable[[dict[str, Any], str], str]) -> Callable[..., str]:
        """What the page's script calls; a fault is shown in place."""

        def asked(data: Any, request: gr.Request) -> str:
            try:
                if not isinstance(data, dict):
                    raise SpecError("place", data, "an object")
                return answer(data, self._services.identity.visitor(gr.Request(request)).id)
            except Exception as error:
                return failed_html(message_of(error))

        asked.__name__ = name
        return asked


def _asked_for(record: Record, data: dict[str, Any]) -> tuple[Passage, int, int]:
    """The passage, and the characters of its text that count most."""
    moment = record.moment
    passages, extract = moment.passages, moment.extract
    if data.get("extract") and extract is not None:
        found = next((one for one in passages if one.id == extract.passage), None)
        if found is not None:
            return found, extract.start, extract.end
    claim = data.get("claim")
    if isinstance(claim, int) and 0 <= claim < len(moment.claims):
        one = moment.claims[claim]
        if 0 <= one.passage < len(passages):
            return passages[one.passage], one.from_, one.to
    place = data.get("place")
    if isinstance(place, int) and 0 <= place < len(passages):
        return passages[place], 0, 0
    raise NotFoundError("This answer has no such source.")


def _position(chunks: list[StoredChunk], passage: Passage) -> int:
    places = (number for number, one in enumerate(chunks) if one.start <= passage.start < one.end)
    exact = (number for number, one in enumerate(chunks) if one.id == passage.id)
    return next(exact, next(places, -1))


def _text(data: dict[str, Any], name: str) -> str:
    if not isinstance(data.get(name), str):
        raise SpecError(name, data.get(name), "an id")
    return data[name]


def _whole(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise SpecError(name, value, "a whole number")
    return value
