"""The tokenizer worker's handler for prompts of the RAG chat: the exact text with its tokens, fitted into the
model's context."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.rag.answering.answers import Prompted, PromptToken
from pipelines.rag.answering.fitting import Fitted, fitted, room_for
from pipelines.rag.answering.forms import Given, answer_form, helping_form
from pipelines.rag.answering.messages import Message
from pipelines.rag.answering.nearest import nearest_sentence
from pipelines.rag.answering.rendering import Rendered, Renderer
from pipelines.rag.answering.requests import NUMBERED, SHORT, PromptRequest, Turn
from pipelines.rag.requests import Passage

_CHARACTERS = 3  # of a token at least, about, where a server has the tokenizer: rather too few than too many
_AROUND = 8  # tokens that a server's template writes around a message, about


def prompt(request: PromptRequest, models: Any) -> Iterator[Any]:
    """``models`` is the worker's cache of tokenizers; this one is read as transformers reads it."""
    yield prompted(request, _Reader(request.tokenizer))


def prompted(request: PromptRequest, reader: "_Reader") -> Prompted:
    """Raises :class:`SpecError` where the question alone is too long for the context."""
    room = room_for(request.context, request.max_new_tokens)
    if request.form == SHORT:
        return _shortly(request, reader, room)
    if request.form == NUMBERED:
        return _numbered(request, reader, room)
    return _helping(request, reader, room)


class _Reader:
    """Messages to a count and to a prompt, with a tokenizer or, for a server, without."""

    def __init__(self, folder: str):
        self._renderer = Renderer(_tokenizer(folder, _changed(folder))) if folder else None
        self.chat = self._renderer is None or self._renderer.chat

    def rendered(self, messages: Sequence[Message]) -> Rendered | None:
        return self._renderer(messages) if self._renderer else None

    def count(self, messages: Sequence[Message]) -> int:
        rendered = self.rendered(messages)
        if rendered is not None:
            return len(rendered.ids)
        return sum(len(message.content) // _CHARACTERS + _AROUND for message in messages)


def _numbered(request: PromptRequest, reader: _Reader, room: int | None) -> Prompted:
    sources = [source_of(passage) for passage in request.passages]
    texts = [passage.text.strip() for passage in request.passages]

    def form(given: Sequence[str], turns: Sequence[Turn]) -> tuple[Message, ...]:
        shown = [Given(source, text) for source, text in zip(sources, given, strict=False)]
        return answer_form(NUMBERED, request.question, shown, turns, request.system, reader.chat)

    def count(given: Sequence[str], turns: Sequence[Turn]) -> int:
        return reader.count(form(given, turns))

    fit = fitted(texts, request.turns, count, room)
    given = [*texts[: fit.whole], *([texts[fit.whole][: fit.cut]] if fit.cut else [])]
    return _told(request, reader, form(given, fit.turns), fit)


def _shortly(request: PromptRequest, reader: _Reader, room: int | None) -> Prompted:
    texts = [passage.text for passage in request.passages]
    place, text = nearest_sentence(request.about or request.question, texts)

    def form(text: str) -> tuple[Message, ...]:
        given = [Given("", text)] if text else []
        return answer_form(SHORT, request.question, given, (), request.system, reader.chat)

    fit = fitted([text] if text else [], (), lambda given, _: reader.count(form("".join(given))), room)
    text = text if fit.whole else text[: fit.cut]
    told = _told(request, reader, form(text), Fitted(0, 0, ()))
    if not text:
        return told
    ids = [passage.id for passage in request.passages]
    chosen = ids.pop(place)
    return replace(told, used=(chosen,), cut=chosen, left_out=tuple(ids))


def _helping(request: PromptRequest, reader: _Reader, room: int | None) -> Prompted:
    def form(turns: Sequence[Turn]) -> tuple[Message, ...]:
        return helping_form(request.form, request.question, turns, request.count, request.system)

    # All the room may go to what was said before: it is what this is about.
    turns = request.turns
    while turns and room is not None and reader.count(form(turns)) > room:
        turns = turns[1:]
    fit = fitted((), (), lambda *_: reader.count(form(turns)), room)
    return _told(request, reader, form(turns), Fitted(fit.whole, fit.cut, tuple(turns)))


def _told(request: PromptRequest, reader: _Reader, messages: Sequence[Message], fit: Fitted) -> Prompted:
    rendered = reader.rendered(messages)
    ids = [passage.id for passage in request.passages]
    used = fit.whole + bool(fit.cut)
    count = len(rendered.ids) if rendered else reader.count(messages)
    return Prompted(
        messages=tuple({"role": message.role, "content": message.content} for message in messages),
        text=rendered.text if rendered else "\n\n".join(message.content for message in messages),
        tokens=tuple(PromptToken(*token) for token in rendered.tokens()) if rendered else (),
        used=tuple(ids[:used]),
        cut=ids[fit.whole] if fit.cut else "",
        left_out=tuple(ids[used:]),
        turns=len(fit.turns),
        room=min(request.max_new_tokens, request.context - count) if request.context else -1,
    )


def source_of(passage: Passage) -> str:
    """
    >>> source_of(Passage("1", "2", "tales.pdf", 0, 0, 9, "Once upon", "The Fox", 3, 2))
    'tales.pdf, page 3: The Fox'
    """
    page = f", page {passage.page}" if passage.page else ""
    heading = f": {passage.heading}" if passage.heading else ""
    return f"{passage.name}{page}{heading}"


@lru_cache(maxsize=8)
def _tokenizer(folder: str, changed: float) -> Any:
    from transformers import AutoTokenizer  # only here: it takes its time

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise GlassworksError(f"The tokenizer cannot be read ({type(error).__name__}).") from error


def _changed(folder: str) -> float:
    return max((file.stat().st_mtime for file in Path(folder).glob("*.json*")), default=0.0)
