"""A document opened at one of its passages, as HTML: the text around it with the passage marked, and within
it the words that count most. Pure; a document's text is escaped here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pipelines.rag.records import StoredChunk

AROUND = 6000  # characters shown before and after a passage

CHANGED = "The document has changed since the answer was made: this is the passage as it was read then."
GONE = "The document is not there any more: this is the passage as it was read then."


@dataclass(frozen=True)
class Place:
    """Characters ``start`` to ``end`` of a document's text are the passage, ``from_`` to ``to`` of the text
    within it what counts most (equal where nothing does)."""

    start: int
    end: int
    from_: int = 0
    to: int = 0


@dataclass(frozen=True)
class Head:
    """``ids`` are those of the collection and the document, for the buttons."""

    name: str
    collection: str
    document: str
    page: int = 0
    heading: str = ""


def source_html(head: Head, text: str, place: Place, chunks: Sequence[StoredChunk], position: int) -> str:
    """``position`` is the passage's place among the document's ``chunks``, -1 for none of them."""
    first, last = max(0, place.start - AROUND), min(len(text), place.end + AROUND)
    before = "… " if first else ""
    after = " …" if last < len(text) else ""
    body = (
        f"{before}{escape(text[first : place.start])}{_marked(text, place)}"
        f"{escape(text[place.end : last])}{after}"
    )
    count = len(chunks)
    where = f"passage {position + 1} of {count}" if 0 <= position < count else ""
    return _framed(head, where, _steps(head, position, count), body)


def remembered_html(head: Head, passage: str, place: Place, why: str) -> str:
    """Only the passage as the answer has it: the document cannot be read, and ``why``."""
    within = Place(0, len(passage), place.from_ - place.start, place.to - place.start)
    note = f'<p class="gw-rag-note">{escape(why)}</p>'
    return note + _framed(head, "", "", _marked(passage, within))


def _framed(head: Head, where: str, steps: str, body: str) -> str:
    page = f"page {head.page}" if head.page else ""
    facts = " · ".join(filter(None, [page, escape(head.heading), where]))
    return (
        f'<header><h3 tabindex="-1">{escape(head.name)}</h3><p>{facts}</p>{steps}</header>'
        f'<div class="gw-rag-document" tabindex="0" aria-label="Text">{body}</div>'
    )


def _marked(text: str, place: Place) -> str:
    """The passage, with its strongest part within."""
    if not place.start <= place.from_ < place.to <= place.end:
        return f"<mark data-passage>{escape(text[place.start : place.end])}</mark>"
    return (
        f"<mark data-passage>{escape(text[place.start : place.from_])}"
        f"<strong>{escape(text[place.from_ : place.to])}</strong>"
        f"{escape(text[place.to : place.end])}</mark>"
    )


def _steps(head: Head, position: int, count: int) -> str:
    def button(to: int, words: str) -> str:
        link = {"collection": head.collection, "document": head.document, "position": to}
        off = "" if position >= 0 and 0 <= to < count else " disabled"
        opens = f'data-source="{escape(json.dumps(link))}" data-step="{words.lower()}"'
        return f'<button type="button" {opens}{off}>{words} passage</button>'

    return (
        f'<nav class="gw-rag-buttons">{button(position - 1, "Previous")}{button(position + 1, "Next")}</nav>'
    )
