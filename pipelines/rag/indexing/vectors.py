"""The vectors of a cut document: only those that are not there yet are computed."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipelines.rag.indexing.work import Work
from pipelines.rag.places import read_text, text_file
from pipelines.rag.records import Item, StoredChunk

_WINDOW = 256  # chunks that are looked up, and sorted by length, together
_STEP_SECONDS = 0.12  # that a batch should take, so that questions come between
_MOST = 64  # chunks in a batch
_KEPT_AT_ONCE = 64  # vectors written together: a write costs as much as some embeddings
_KEPT_SECONDS = 1.0  # of work that a kill may take


def embedded(work: Work, item: Item) -> Iterator[Any]:
    """Yields events and steps; the following document is read meanwhile. Closed before its end, it first
    writes what it has computed."""
    work.readings.begin(work.following)
    library, spec = work.library, work.collection.spec
    encoder = yield from library.ready(spec.embedder)
    text = read_text(text_file(library.settings, item.collection, item.document, item.revision))
    batches, keeper, after = _Batches(encoder), _Keeper(library.vectors, item.collection), -1
    yield work.turn("embedding")  # of others, between two documents
    while window := work.revisions.chunks(item.document, item.revision, after, _WINDOW):
        after = window[-1].position
        there = library.vectors.present(item.collection, [chunk.id for chunk in window])
        keeper.done += len(there)
        yield work.tell("embedding", keeper.done)
        try:
            for ids, vectors in batches.of([chunk for chunk in window if chunk.id not in there], text):
                keeper.keep(ids, vectors)
                yield work.tell("embedding", keeper.done)
        except GeneratorExit:
            keeper.flush()
            raise
        keeper.flush()
    work.items.embedded(item)


class _Batches:
    """Chunks of like length are embedded together, so many as take about one step."""

    def __init__(self, encoder: Any):
        self._encoder, self._size = encoder, 4

    def of(self, chunks: Sequence[StoredChunk], text: str) -> Iterator[tuple[list[str], np.ndarray]]:
        """(ids, vectors) of one batch after another."""
        rest = sorted(chunks, key=lambda chunk: (chunk.tokens, chunk.position))
        while rest:
            batch, rest = rest[: self._size], rest[self._size :]
            began = time.perf_counter()
            vectors = self._encoder.embed([text[chunk.start : chunk.end] for chunk in batch])
            each = max(1e-4, (time.perf_counter() - began) / len(batch))
            self._size = max(1, min(_MOST, 2 * self._size, int(_STEP_SECONDS / each)))
            yield [chunk.id for chunk in batch], vectors


class _Keeper:
    """Writes several batches at once. ``done`` are chunks whose vectors are written."""

    def __init__(self, store: Any, collection: str):
        self._store, self._collection = store, collection
        self._ids: list[str] = []
        self._vectors: list[np.ndarray] = []
        self._since = time.monotonic()
        self.done = 0

    def keep(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        self._ids += ids
        self._vectors.append(vectors)
        if len(self._ids) >= _KEPT_AT_ONCE or time.monotonic() - self._since > _KEPT_SECONDS:
            self.flush()

    def flush(self) -> None:
        ids, vectors = self._ids, self._vectors
        self._ids, self._vectors, self._since = [], [], time.monotonic()
        if ids:
            self._store.add(self._collection, ids, np.concatenate(vectors))
            self.done += len(ids)
