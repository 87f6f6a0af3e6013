"""A chat as HTML: questions, answers, the answer that is being made, and what stands there before the first.
Pure; all that visitors and models wrote is escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app.rag.chat_answer_view import answer_html
from app.rag.chat_record import record_of
from pipelines.rag.answering.moments import Moment
from pipelines.rag.records import Collection

_STEPS = ("searching", "reading", "writing", "checking")
_TITLES = {"searching": "Searching", "reading": "Reading", "writing": "Writing", "checking": "Checking"}
_WORDS = {
    "rewriting": "Making the question stand alone …",
    "searching": "Searching the documents …",
    "reading": "Reading the passages …",
    "writing": "Writing the answer …",
    "checking": "Checking each claim against the passages …",
}


def conversation_html(messages: Sequence[Any], chat: str, answering: bool = False) -> str:
    """All turns. ``answering``: the last question's answer is being made and stands elsewhere."""
    followers = [*messages[1:], None]
    turns = "".join(
        _turn_html(one, chat) + ("" if answering and after is None else _unanswered(one, after))
        for one, after in zip(messages, followers, strict=True)
    )
    return f'<div class="gw-rag-turns">{turns}</div>'


def question_html(text: str, position: int) -> str:
    return (
        f'<div class="gw-rag-question" data-at="{position}"><p>{escape(text)}</p>'
        '<button type="button" data-edit aria-label="Edit this question">Edit</button></div>'
    )


def live_html(run: str, moment: Moment) -> str:
    """The answer that is being made, under the name by which the page's script asks for more of it."""
    return f'<div data-run="{escape(run)}">{working_html(moment)}</div>'


def working_html(moment: Moment) -> str:
    """The answer that is being made: what is going on, what is found, what is written so far."""
    passages = moment.passages
    found = ""
    if passages and moment.state not in ("rewriting", "searching"):
        names = list(dict.fromkeys(one.name for one in passages))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        found = f"{len(passages)} passages from {', '.join(names[:3])}{more}"
    found = f"Loading {moment.loading} …" if moment.loading else found
    written = f'<p class="gw-rag-text" data-written>{escape(moment.text)}</p>' if moment.text else ""
    extract = (
        f'<p class="gw-rag-searched">Found word for word: <q>{escape(moment.extract.text)}</q></p>'
        if moment.extract
        else ""
    )
    return (
        f'<article class="gw-rag-answer" data-busy data-state="{escape(moment.state)}" aria-label="Answer">'
        f"{_steps_html(moment.state)}"
        f'<p class="gw-rag-searched">{escape(found)}</p>{written}{extract}</article>'
    )


def failed_html(message: str, position: int | None = None) -> str:
    """``position``: where the answer would stand, which can then be asked for again."""
    again = (
        ""
        if position is None
        else f'<button type="button" data-ask="regenerate" data-at="{position}">Ask again</button>'
    )
    return f'<div class="gw-rag-failed" role="alert"><p>{escape(message)}</p>{again}</div>'


def empty_html(collection: Collection | None, examples: Sequence[str]) -> str:
    """Before the first question: what is asked here, and questions to press."""
    if collection is None:
        return _empty("Choose a collection", "What is asked here is answered from its documents.", "")
    name = f"“{escape(collection.spec.name)}”"
    if not collection.owner and not collection.chunks:
        words = "They are being read for the first time: the first answer may take a minute."
        return _empty(f"Ask {name} something", words, _chips(examples))
    if not collection.chunks:
        words = "Bring a file or paste a text on the left; it can be asked as soon as its passages are there."
        return _empty(f"There is nothing in {name} yet", words, "")
    words = "Each answer shows which passages it stands on; what none of them backs is marked."
    return _empty(f"Ask {name} something", words, _chips(examples))


def _chips(examples: Sequence[str]) -> str:
    return "".join(
        f'<button type="button" class="gw-example" data-ask="example" data-text="{escape(one)}">{escape(one)}'
        "</button>"
        for one in examples
    )


def _empty(title: str, words: str, chips: str) -> str:
    return (
        f'<div class="gw-rag-empty"><p class="gw-empty-title">{title}</p><p>{words}</p>'
        f'<div class="gw-rag-examples">{chips}</div></div>'
    )


def _unanswered(message: Any, after: Any) -> str:
    """Below a question that no answer follows; the last one can be asked again."""
    if message.role != "user" or (after is not None and after.role != "user"):
        return ""
    again = (
        f' <button type="button" data-ask="regenerate" data-at="{message.position + 1}">Ask again</button>'
        if after is None
        else ""
    )
    return f'<p class="gw-rag-left">This question was not answered.{again}</p>'


def _turn_html(message: Any, chat: str) -> str:
    if message.role == "user":
        return question_html(message.content, message.position)
    return answer_html(record_of(message.content, message.data), chat, message.position)


def _steps_html(state: str) -> str:
    """The steps in a row, with the present one told in words for those who hear the page."""
    now = _STEPS.index(state) if state in _STEPS else 0
    steps = "".join(
        f'<li data-step="{"past" if place < now else "now" if place == now else "next"}">{_TITLES[name]}</li>'
        for place, name in enumerate(_STEPS)
    )
    words = _WORDS.get(state, "")
    said = f'<p class="gw-rag-now" role="status">{words}</p>'
    return f'<ol class="gw-rag-steps" aria-hidden="true">{steps}</ol>{said}'
