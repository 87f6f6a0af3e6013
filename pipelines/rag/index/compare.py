"""The same questions to every index over a collection's vectors: what each finds, how fast, at what cost.
The handler of CompareIndexesRequest.

All are built anew, in memory, from the same vectors, and asked one question at a time. Comparing with every
vector tells what is right.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.core.errors import GlassworksError
from pipelines.rag.answers import IndexCompared
from pipelines.rag.index import exact, faiss_index
from pipelines.rag.index.chroma_graph import ChromaGraph
from pipelines.rag.requests import CompareIndexesRequest
from pipelines.runtime.messages import Waiting

MOST = 100_000  # chunks: several indexes of them stand in memory one after another
_QUESTIONS = 200  # chunks that stand for questions
_AT_ONCE = 10  # questions in a step
_POLL_SECONDS = 0.005
_ROUNDING = 2e-6  # a cosine that is less by so much is as good

Search = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class _Index:
    """``search(vector, k)`` → (rows, cosines); ``bytes`` that it takes. ``close`` gives them back."""

    name: str
    search: Search
    bytes: int
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class _Task:
    """``questions`` ``[question, d]``, ``k`` neighbours of each among ``chunks``. ``least[question]`` is the
    cosine of the exact k-th: whatever is as near is right, so that equals count."""

    questions: np.ndarray
    least: np.ndarray
    k: int
    chunks: int

    @classmethod
    def of(cls, vectors: np.ndarray, questions: np.ndarray, k: int) -> "_Task":
        least = [exact.nearest(vectors, question, k)[1][-1] for question in questions]
        return cls(questions, np.array(least), k, len(vectors))


def compare(request: CompareIndexesRequest, library: Any) -> Iterator[Any]:
    """IndexCompared for each index, the exact one first. Raises :class:`GlassworksError` for a collection
    with nothing in it, or with more than :data:`MOST` chunks."""
    collection = library.store.collection(request.collection)
    if collection.chunks > MOST:
        raise GlassworksError(
            f"This collection has {collection.chunks:,} chunks; indexes of up to {MOST:,} can be compared."
        )
    faiss_index.load()
    yield from library.vectors.prepare(collection.id, collection.version, "exact")
    _, vectors = library.vectors.matrix(collection.id, collection.version)
    if not len(vectors):
        raise GlassworksError("There is nothing in this collection yet: add a document first.")
    questions = yield from _questions(request, vectors, library, collection)
    task = _Task.of(vectors, questions, min(request.top_k, len(vectors)))
    yield None
    for name, build in _BUILDERS.items():
        began = time.perf_counter()
        index = yield from build(name, vectors)
        if index is None:
            continue
        built = time.perf_counter() - began
        try:
            yield (yield from _measured(index, task, built))
        finally:
            index.close()


def _questions(
    request: CompareIndexesRequest, vectors: np.ndarray, library: Any, collection: Any
) -> Iterator:
    """``[question, dimension]``."""
    if not request.queries:
        count = min(_QUESTIONS, len(vectors))
        drawn = np.random.default_rng(request.seed).choice(len(vectors), count, replace=False)
        return vectors[drawn]
    encoder = yield from library.ready(collection.spec.embedder)
    made = []
    for query in request.queries:
        made.append(encoder.embed_query(query))
        yield None
    return np.stack(made)


def _measured(index: _Index, task: _Task, built: float) -> Iterator:
    index.search(task.questions[0], task.k)  # the first one brings an index into the processor's caches
    seconds, right = [], 0
    for place, question in enumerate(task.questions):
        began = time.perf_counter()
        _, cosines = index.search(question, task.k)
        seconds.append(time.perf_counter() - began)
        right += int((cosines >= task.least[place] - _ROUNDING).sum())
        if place % _AT_ONCE == _AT_ONCE - 1:
            yield None
    p50, p95 = (1000 * float(np.percentile(seconds, share)) for share in (50, 95))
    count = len(task.questions)
    return IndexCompared(
        index.name, right / (task.k * count), p50, p95, built, index.bytes, count, task.chunks
    )


def _exact(name: str, vectors: np.ndarray) -> Iterator:
    yield None
    return _Index(name, lambda question, k: exact.nearest(vectors, question, k), vectors.nbytes)


def _chroma(name: str, vectors: np.ndarray) -> Iterator:
    graph = ChromaGraph()
    try:
        yield from graph.filled(vectors)
    except BaseException:  # given up
        graph.close()
        raise
    return _Index(name, graph.search, graph.bytes, graph.close)


def _faiss(build: Callable[[np.ndarray], Any]) -> Callable[[str, np.ndarray], Iterator]:
    """In a thread: the library computes without holding up others."""

    def built(name: str, vectors: np.ndarray) -> Iterator:
        with ThreadPoolExecutor(1, thread_name_prefix="faiss") as pool:
            future = pool.submit(build, vectors)
            while not future.done():
                time.sleep(_POLL_SECONDS)
                yield Waiting()
        index = future.result()
        if index is None:
            return None
        return _Index(name, lambda q, k: faiss_index.search(index, q, k), faiss_index.size(index))

    return built


_BUILDERS: dict[str, Callable[[str, np.ndarray], Iterator]] = {
    "exact": _exact,
    "chroma hnsw": _chroma,
    "faiss flat": _faiss(faiss_index.flat),
    "faiss hnsw": _faiss(faiss_index.hnsw),
    "faiss ivf": _faiss(faiss_index.ivf),
}
