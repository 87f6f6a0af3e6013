"""One question of a chat and its answer: written into the chat as it is asked, kept as it ends. Knows no
page.

What was asked is kept at once; of an answer that is stopped, what there was.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from app.identity import Visitor
from app.rag.asking import another
from app.rag.chat_record import Record, content_of, data_of, record_of, turns_of
from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.fields import check_text
from pipelines.rag.answering.moments import Moment
from pipelines.rag.requests import MAX_QUERY_CHARS
from pipelines.rag.specs import AnswerSpec, SearchSpec

_TITLE = 60


@dataclass(frozen=True)
class Wanted:
    """What the page asks for: a new question, an ``edit`` of the one at ``at``, or ``regenerate`` of the
    answer at ``at``, ``anyway`` where the documents seem not to hold one."""

    way: str
    question: str = ""
    at: int = -1


@dataclass(frozen=True)
class Exchange:
    """``position`` is the answer's in the chat, ``history`` what was said before the question, ``tries`` the
    answers to it that were dropped."""

    visitor: Visitor
    collection: str
    chat: str
    question: str
    position: int
    search: SearchSpec
    answer: AnswerSpec
    history: tuple[Any, ...] = ()
    tries: int = 0


def wanted_of(told: dict[str, Any], typed: Any) -> Wanted:
    """``told`` is what a button of the page sends, empty for what was ``typed``."""
    way = str(told.get("ask") or "new")
    text = told.get("text") if way in ("edit", "example") else typed
    at = str(told.get("at", ""))
    question = text.strip() if isinstance(text, str) else ""
    return Wanted("new" if way == "example" else way, question, int(at) if at.isdecimal() else -1)


def begun(
    services: Services,
    visitor: Visitor,
    collection: str,
    chat: str,
    wanted: Wanted,
    specs: tuple[SearchSpec, AnswerSpec],
) -> Exchange:
    """Write the question into the chat, a new one where ``chat`` is empty. Raises a GlassworksError, and then
    nothing is changed."""
    services.rag.collection(collection, visitor.id)  # who may not see it asks nothing
    chats, search, answer = services.rag.chats, *specs
    messages = chats.messages(chat, visitor.id) if chat else []
    if wanted.way in ("regenerate", "anyway"):
        before = next((one for one in messages if one.position == wanted.at - 1 and one.role == "user"), None)
        if before is None:
            raise NotFoundError("This question is not in the chat any more.")
        dropped = next((one for one in messages if one.position == wanted.at), None)
        tries = record_of(dropped.content, dropped.data).tries + 1 if dropped else 0
        answer = replace(answer, abstain=0.0) if wanted.way == "anyway" else another(answer, tries)
        history = turns_of(messages[: before.position])
        chats.cut(chat, visitor.id, wanted.at)
        return Exchange(visitor, collection, chat, before.content, wanted.at, search, answer, history, tries)
    question = _checked(wanted.question)
    if wanted.way == "edit":
        if not any(one.position == wanted.at and one.role == "user" for one in messages):
            raise NotFoundError("This question is not in the chat any more.")
        chats.cut(chat, visitor.id, wanted.at)
        messages = messages[: wanted.at]
    chat = chat or chats.create(visitor.id, collection, _titled(question)).id
    position = chats.append(chat, visitor.id, "user", question, {}).position + 1
    return Exchange(visitor, collection, chat, question, position, search, answer, turns_of(messages))


def kept(services: Services, exchange: Exchange, moments: Iterator[Moment]) -> Iterator[Moment]:
    """The same moments; the last is kept in the chat: as it is, or as far as it had come where they ended
    before the answer was done. One with the state ``failed`` is not."""
    last = Moment("searching", exchange.question)
    try:
        for last in moments:
            yield last
    finally:
        if last.state != "failed":
            with suppress(GlassworksError):  # a chat that was deleted meanwhile
                _keep(services, exchange, last)


def _keep(services: Services, exchange: Exchange, last: Moment) -> None:
    stopped = last.state != "done"
    if stopped and not content_of(last):
        return
    specs = exchange.search, exchange.answer
    record = Record(last, *specs, exchange.collection, stopped, exchange.tries)
    owner, said = exchange.visitor.id, content_of(last)
    services.rag.chats.append(exchange.chat, owner, "assistant", said, data_of(record))


def _checked(question: str) -> str:
    if not question:
        raise SpecError("question", question, f"a question of at most {MAX_QUERY_CHARS:,} characters")
    check_text("question", question, MAX_QUERY_CHARS)
    return question


def _titled(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= _TITLE else f"{words[:_TITLE].rstrip()} …"
