"""Documents whose vectors stand become searched, several at once.

The word index is built anew beside the old one, which serves meanwhile. It takes the old one's place at the
end of its last step, and within that same step the rows say that the new revisions count and the
collection's version grows, by which the matrix of vectors is remembered. The worker takes one step at a
time: so no search sees some of it and not the rest. Only an approximate index (HNSW) knows new vectors
earlier; they have no row that counts yet, and are left out.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pipelines.rag.indexing.dropping import dropped
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.places import read_text, text_file
from pipelines.rag.records import Item

_AT_EARLIEST = 5.0  # seconds after the last time
_AT_ONCE = 2_000  # chunks read in a step
_SHARE = 0.1  # of the time that publishing may take, the last excepted


class Pace:
    """When documents of a long addition are published before its end."""

    def __init__(self) -> None:
        self._last, self._took = time.monotonic(), 0.0

    def is_due(self) -> bool:
        return time.monotonic() - self._last > max(_AT_EARLIEST, self._took / _SHARE)

    @contextmanager
    def measured(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._last = time.monotonic()
        self._took = self._last - began


def published(library: Any, collection: str, items: Sequence[Item]) -> Iterator[Any]:
    """Yields steps. With no items the word index is only made to fit the rows again."""
    revisions = Revisions(library.store.database)
    revisions.words_behind(collection)
    older = dict(revisions.searched(collection))
    newer = {item.document: item.revision for item in items}
    yield from _words(library, collection, {**older, **newer})
    revisions.publish(collection, items)
    for document in newer:
        library.forget(document)
    yield None
    some = False
    for document, revision in older.items():
        if document in newer:
            some |= yield from dropped(library, collection, document, revision)
    if some:
        yield from library.vectors.compact(collection)
        revisions.changed(collection)


def _words(library: Any, collection: str, revisions: dict[str, int]) -> Iterator[Any]:
    ids: list[str] = []
    texts: list[str] = []
    rows = Revisions(library.store.database)
    for document, revision in revisions.items():
        text, after = read_text(text_file(library.settings, collection, document, revision)), -1
        while chunks := rows.chunks(document, revision, after, _AT_ONCE):
            after = chunks[-1].position
            ids += [chunk.id for chunk in chunks]
            texts += [text[chunk.start : chunk.end] for chunk in chunks]
            yield None
    language = library.store.collection(collection).spec.language
    yield from library.lexical.build(collection, ids, texts, language)
