"""One text cut in several ways, for the eye: nothing is kept."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from pipelines.rag.answers import ChunkedBy
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.cut import cut
from pipelines.rag.chunking.marked import marked
from pipelines.rag.documents.document import Document
from pipelines.rag.requests import ChunkRequest
from pipelines.rag.specs import MINILM


def chunk(request: ChunkRequest, library: Any) -> Iterator[Any]:
    """A ChunkedBy for each spec, in their order."""
    encoder = yield from library.ready(request.embedder or MINILM)
    counter = Counter(encoder.offsets, encoder.limit)
    document = _document(request)
    for place, spec in enumerate(request.specs):
        chunks: list[Chunk] = []
        seconds = 0.0  # of our own steps: others may be answered between them
        steps = cut(document, spec, counter, encoder.embed)
        while True:
            began = time.perf_counter()
            step = next(steps, _END)
            seconds += time.perf_counter() - began
            if step is _END:
                break
            if step is not None:
                chunks.append(step)
            yield None
        yield _chunked(place, chunks, document.text, counter, seconds)


_END = object()


def _document(request: ChunkRequest) -> Document:
    if request.marks is None:
        return marked(request.text, request.name)
    return Document(request.name, "text", request.name, request.text, request.marks)


def _chunked(place: int, chunks: list[Chunk], text: str, counter: Counter, seconds: float) -> ChunkedBy:
    bounds = np.array([(c.start, c.end, c.tokens, c.overlap) for c in chunks], np.int64).reshape(-1, 4)
    repeated = sum(counter.count(text[c.start : c.start + c.overlap]) for c in chunks if c.overlap)
    return ChunkedBy(place, bounds, tuple(c.heading for c in chunks), counter.limit, seconds, repeated)
