"""A document read and cut: its text as a file, its chunks as rows of a revision that nobody searches yet."""

import hashlib
import json
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.cut import cut
from pipelines.rag.chunking.semantic import Embed
from pipelines.rag.chunking.sizes import cap_note
from pipelines.rag.documents.document import Document
from pipelines.rag.documents.marks import marks_text
from pipelines.rag.indexing.dropping import dropped
from pipelines.rag.indexing.work import Work
from pipelines.rag.places import incoming_file, marks_file, remove_file, text_file, write_text
from pipelines.rag.records import Item
from pipelines.runtime.messages import Waiting

_ROWS = 500  # chunks written at once
_ID_BYTES = 16


def staged(work: Work, item: Item) -> Iterator[Any]:
    """Yields events and steps. What an earlier attempt has left of the revision is taken away first: it can
    have no vectors, which come when all of it is cut. Raises GlassworksError for a bad document."""
    yield from dropped(work.library, item.collection, item.document, item.revision)
    document = yield from _read(work, item)
    place = (work.library.settings, item.collection, item.document, item.revision)
    write_text(marks_file(*place), marks_text(document.marks))
    write_text(text_file(*place), document.text)
    encoder = yield from work.library.ready(work.collection.spec.embedder)
    count = yield from _cut(work, item, document, Counter(encoder.offsets, encoder.limit), encoder.embed)
    work.items.cut(item, _facts(document, cap_note(work.collection.spec.chunking, encoder.limit)), count)
    remove_file(incoming_file(work.library.settings, item.collection, item.id))


def chunk_id(document: str, text: str, seen: Tally[bytes]) -> str:
    """Made from the document, the text and how often the text came before in it: the same chunk of another
    revision has the same id, and so the same vector. ``seen`` counts along."""
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=_ID_BYTES).digest()
    seen[digest] += 1
    told = document.encode() + digest + str(seen[digest]).encode()
    return hashlib.blake2b(told, digest_size=_ID_BYTES).hexdigest()


def _read(work: Work, item: Item) -> Iterator[Any]:
    """The document, read in a process of its own meanwhile."""
    with work.readings.of(item) as reading:
        while not reading.done():
            yield work.tell("reading") or Waiting()
        return reading.result()


def _cut(work: Work, item: Item, document: Document, counter: Counter, embed: Embed) -> Iterator[Any]:
    """The number of chunks, whose rows are written."""
    room = work.revisions.room(item.collection, work.library.settings.rag_max_chunks)
    seen: Tally[bytes] = Tally()
    rows: list[tuple[str, int, Chunk]] = []
    count = 0
    for chunk in cut(document, work.collection.spec.chunking, counter, embed):
        if chunk is not None:
            rows.append((chunk_id(item.document, document.text[chunk.start : chunk.end], seen), count, chunk))
            count += 1
        if count > room:
            raise ConflictError(_too_many(item, work.library.settings.rag_max_chunks))
        if len(rows) >= _ROWS:
            work.revisions.keep(item, rows)
            rows = []
        yield work.tell("cutting")
    if not count:
        raise GlassworksError(f"{item.name}: there is no text in it to be searched.")
    work.revisions.keep(item, rows)
    return count


def _facts(document: Document, note: str) -> dict[str, Any]:
    return {
        "title": document.title,
        "kind": document.kind,
        "characters": len(document.text),
        "pages": document.pages,
        "notes": json.dumps([*document.notes, *([note] if note else [])]),
    }


def _too_many(item: Item, most: int) -> str:
    return (
        f"{item.name}: with it the collection would have more than {most:,} chunks, which is the limit here. "
        "Delete documents, or begin another collection."
    )
