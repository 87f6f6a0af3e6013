"""A collection in two dimensions with a question in it: the handler of MapRequest."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.answers import Mapped
from pipelines.rag.records import Collection
from pipelines.rag.requests import MapRequest
from pipelines.rag.retrieval.passages import passages_of, remembered
from pipelines.rag.retrieval.projection import Plane, among, principal_plane, tsne
from pipelines.runtime.messages import Waiting

METHODS = ("pca", "tsne")
MOST = {"pca": 3_000, "tsne": 2_000}  # points; of a larger collection a sample
_SNIPPET = 90  # characters
_READ = 500  # passages that are read in a step
_SEED = 0


def mapped(request: MapRequest, library: Any) -> Iterator[Any]:
    """One Mapped. t-SNE takes seconds, in a thread: others are answered meanwhile. A plane that was computed
    is kept until the collection changes. Raises SpecError for a method that there is not."""
    if request.method not in METHODS:
        raise SpecError("method", request.method, f"one of {', '.join(METHODS)}")
    collection = library.store.collection(request.collection)
    known = library.vectors.ids(collection.id)
    chosen = [known[place] for place in sample(len(known), MOST[request.method])]
    yield None
    ids, vectors = library.vectors.rows(collection.id, collection.version, chosen)
    yield None
    if not ids:
        raise GlassworksError("There is nothing in this collection yet: add a document first.")
    laid_out = yield from _laid_out(request.method, vectors, library, collection)
    query = np.zeros(0, np.float32)
    if request.query.strip():
        encoder = yield from library.ready(collection.spec.embedder)
        query = _placed(encoder.embed_query(request.query), vectors, laid_out)
        yield None
    yield (yield from _answer(ids, laid_out, query, library, collection))


def sample(count: int, most: int) -> np.ndarray:
    """Places in their order: all, or ``most`` of them drawn once and for all."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(_SEED).choice(count, most, replace=False))


def _laid_out(method: str, vectors: np.ndarray, library: Any, collection: Collection) -> Generator:
    """(points ``[n, 2]``, the plane of PCA or None)."""
    key = ("map", collection.id, collection.version, method)
    work = _by_pca if method == "pca" else _by_tsne
    computed = remembered(library, key, lambda: _begun(work, vectors))
    while not computed.done():
        yield Waiting()
    return computed.result()


def _begun(work: Callable[[np.ndarray], Any], vectors: np.ndarray) -> "Future[Any]":
    """In a thread of its own that holds nobody up: neither who asks nor the worker's end waits for it."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work(vectors))
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name="map", daemon=True).start()
    return future


def _by_pca(vectors: np.ndarray) -> tuple[np.ndarray, Plane]:
    plane = principal_plane(vectors)
    return plane.project(vectors), plane


def _by_tsne(vectors: np.ndarray) -> tuple[np.ndarray, None]:
    return tsne(vectors), None


def _placed(vector: np.ndarray, vectors: np.ndarray, laid_out: tuple[np.ndarray, Plane | None]) -> np.ndarray:
    points, plane = laid_out
    return plane.project(vector[None])[0] if plane else among(vector, vectors, points)


def _answer(
    ids: Sequence[str], laid_out: tuple[np.ndarray, Plane | None], query: np.ndarray, library: Any,
    collection: Collection,
) -> Generator:  # fmt: skip
    """With names and snippets, and without what was deleted meanwhile."""
    passages = {}
    for first in range(0, len(ids), _READ):
        passages |= passages_of(library, collection, ids[first : first + _READ])
        yield None
    points, plane = laid_out
    kept = [row for row, one in enumerate(ids) if one in passages]
    shown = [passages[ids[row]] for row in kept]
    return Mapped(
        points=points[kept].astype(np.float32),
        query=np.asarray(query, np.float32),
        ids=tuple(passage.id for passage in shown),
        names=tuple(passage.name for passage in shown),
        snippets=tuple(" ".join(passage.text.split())[:_SNIPPET] for passage in shown),
        explained=plane.explained if plane else float("nan"),
        total=collection.chunks,
    )
