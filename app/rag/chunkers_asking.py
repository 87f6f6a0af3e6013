"""What is cut and what came of it, between the form and the retrieval worker. No Gradio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.rag.chunkers_numbers import Numbers, numbers_of
from pipelines.common.sentences import sentences_of
from pipelines.core.errors import SpecError
from pipelines.rag.answers import ChunkedBy
from pipelines.rag.chunking.pieces import pieces
from pipelines.rag.chunking.sizes import cap_note, capped_size
from pipelines.rag.documents.document import Mark
from pipelines.rag.requests import MAX_CHUNKED_CHARS
from pipelines.rag.specs import MINILM, ChunkSpec

PAGE = 12_000  # characters of a column
_OWN_NAME = "pasted.md"


@dataclass(frozen=True)
class Wanted:
    """Of which collection, whose document; none is a text of the visitor's own."""

    collection: str
    document: str
    owner: str


@dataclass(frozen=True)
class Text:
    """Without ``marks`` it is read as Markdown."""

    text: str
    name: str
    marks: tuple[Mark, ...] | None = None
    note: str = ""


@dataclass(frozen=True)
class Cuts:
    """What stands on the page. ``pages`` are the stretches of the text that are shown one at a time, ``size``
    are the tokens that a chunk may have."""

    text: str
    done: tuple[tuple[ChunkSpec, ChunkedBy, Numbers], ...]
    sentences: int
    pages: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]
    size: int
    page: int = 0


def text_of(rag: Any, wanted: Wanted, own: str) -> Text:
    """Of a long document the beginning. Raises :class:`GlassworksError`."""
    if not wanted.document:
        return Text(own, _OWN_NAME)
    whole = rag.text(wanted.collection, wanted.document, wanted.owner)
    marks = rag.marks(wanted.collection, wanted.document, wanted.owner)
    text = whole[:MAX_CHUNKED_CHARS]
    note = (
        f"The first {len(text):,} of {len(whole):,} characters are cut here."
        if len(whole) > len(text)
        else ""
    )
    return Text(text, wanted.document, tuple(mark for mark in marks if mark.end <= len(text)), note)


def cuts_of(rag: Any, wanted: Wanted, text: Text, specs: Sequence[ChunkSpec]) -> Cuts:
    """Raises :class:`GlassworksError`."""
    if not text.text.strip():
        raise SpecError("text", text.text, "a text with some words in it")
    if not specs:
        raise SpecError("chunkers", "none", "one or more")
    embedder = rag.collection(wanted.collection, wanted.owner).spec.embedder if wanted.collection else MINILM
    found = rag.chunked(text.text, text.name, specs, embedder, text.marks)
    sentences = sentences_of(text.text)
    done = tuple((specs[one.place], one, numbers_of(one, sentences)) for one in found)
    limit = min(one.limit for one in found)
    notes = (text.note, cap_note(specs[0], limit))
    pages = tuple(pieces(text.text, 0, len(text.text), PAGE))
    return Cuts(
        text.text, done, len(sentences), pages, tuple(filter(None, notes)), capped_size(specs[0], limit)
    )
