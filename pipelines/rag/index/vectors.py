"""The vectors of all collections: kept by Chroma, searched exactly or by a graph.

Up to some 20,000 chunks comparing with every vector is faster than Chroma's graph, exact, and leaves out what
is not allowed at no cost; above, the graph is faster. Safe for one thread, which the retrieval worker has.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.rag.index import exact, faiss_index
from pipelines.rag.index.matrices import Filling, Matrices, Matrix
from pipelines.rag.index.stored import Stored
from pipelines.rag.specs import INDEXES

EXACT_UP_TO = 20_000
_FEW = 5_000  # allowed chunks that are compared one by one
_ROOM = 256_000_000  # bytes of vectors in memory

Found = tuple[Sequence[str], np.ndarray]
Hits = tuple[tuple[str, ...], tuple[float, ...], str]


class Vectors(Stored):
    """``version`` is the collection's own: what was read of it is kept in memory until that grows."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self._matrices = Matrices(_ROOM)
        self._counts: dict[str, tuple[int, int]] = {}

    def matrix(self, collection: str, version: int) -> tuple[tuple[str, ...], np.ndarray]:
        """(ids, float32 ``[id, dimension]``), ids in order; ``[0, 0]`` where there are none."""
        found = self._matrix(collection, version)
        return found.ids, found.vectors

    def rows(self, collection: str, version: int, ids: Collection[str]) -> tuple[tuple[str, ...], np.ndarray]:
        """As :meth:`matrix`, of these ids alone, as far as they are there: cheap in a large collection."""
        found = self._rows(collection, version, ids)
        return found.ids, found.vectors

    def prepare(self, collection: str, version: int, index: str = "auto") -> Iterator[None]:
        """Steps after which :meth:`search` and :meth:`matrix` have in memory what they need there."""
        if self._served(collection, version, index) != "hnsw":
            yield from self._reading(collection, version)

    def search(
        self, collection: str, version: int, vector: np.ndarray, k: int, index: str = "auto",
        allowed: Collection[str] | None = None,
    ) -> Hits:  # fmt: skip
        """(ids, cosines, index): the ``k`` nearest to ``vector``, the best first, of equals the first id;
        among ``allowed`` where that is given. The index is the one that served: ``exact``, ``hnsw``
        (Chroma's) or ``faiss``; exact also where few are allowed."""
        served = self._served(collection, version, index)
        if not self._count(collection, version):
            return (), (), served
        few = allowed is not None and len(allowed) <= max(_FEW, k)
        if served == "exact" or few:
            among = (
                self._matrix(collection, version)
                if allowed is None
                else self._rows(collection, version, allowed)
            )
            return _hits(_exactly(among, vector, k), k, "exact")
        asked = self._asked(served, collection, version, vector)
        found = asked(k) if allowed is None else _among(asked, k, allowed, self._count(collection, version))
        return _hits(found, k, served)

    def drop(self, collection: str) -> None:
        self._matrices.drop(collection)
        self._counts.pop(collection, None)
        super().drop(collection)

    def _served(self, collection: str, version: int, index: str) -> str:
        if index not in INDEXES:
            raise SpecError("index", index, f"one of {', '.join(INDEXES)}")
        if index != "auto":
            return index
        return "exact" if self._count(collection, version) <= EXACT_UP_TO else "hnsw"

    def _count(self, collection: str, version: int) -> int:
        if self._counts.get(collection, (None, 0))[0] != version:
            self._counts[collection] = version, self.count(collection)
        return self._counts[collection][1]

    def _matrix(self, collection: str, version: int) -> Matrix:
        for _ in self._reading(collection, version):
            pass
        return self._matrices.get(collection, version)

    def _reading(self, collection: str, version: int) -> Iterator[None]:
        if self._matrices.get(collection, version) is None:
            ids = self.ids(collection)
            filling = Filling(ids)
            for part in self.read(collection, ids):
                filling.add(*part)
                yield
            self._matrices.keep(collection, version, filling.matrix())

    def _rows(self, collection: str, version: int, ids: Collection[str]) -> Matrix:
        whole = self._matrices.get(collection, version)
        if whole is None and self._count(collection, version) <= EXACT_UP_TO:
            whole = self._matrix(collection, version)
        if whole is not None:
            return whole.only(ids)
        filling = Filling(list(ids))
        for part in self.read(collection, list(ids)):
            filling.add(*part)
        return filling.matrix()

    def _asked(
        self, served: str, collection: str, version: int, vector: np.ndarray
    ) -> Callable[[int], Found]:
        if served == "hnsw":
            return lambda k: self.nearest(collection, vector, k)
        matrix = self._matrix(collection, version)
        graph = matrix.index("hnsw", faiss_index.hnsw)
        return lambda k: _named(matrix, *faiss_index.search(graph, vector, k))


def _named(matrix: Matrix, rows: np.ndarray, cosines: np.ndarray) -> Found:
    return [matrix.ids[row] for row in rows], cosines


def _exactly(matrix: Matrix, vector: np.ndarray, k: int) -> Found:
    if not matrix.ids:
        return (), np.zeros(0, np.float32)
    return _named(matrix, *exact.nearest(matrix.vectors, vector, k))


def _among(asked: Callable[[int], Found], k: int, allowed: Collection[str], total: int) -> Found:
    """As many as needed are asked for until ``k`` of them are allowed, or there are no more."""
    count = min(total, k + -(-2 * k * total // len(allowed)))
    while True:
        ids, cosines = asked(count)
        kept = [place for place, one in enumerate(ids) if one in allowed]
        if len(kept) >= k or count >= total:
            return [ids[place] for place in kept], cosines[kept]
        count = min(total, 4 * count)


def _hits(found: Found, k: int, served: str) -> Hits:
    """Rounded, so that what differs by rounding alone is equal in every index."""
    ids, cosines = found
    rounded = exact.rounded(cosines)
    order = sorted(range(len(ids)), key=lambda place: (-rounded[place], ids[place]))[:k]
    return tuple(ids[place] for place in order), tuple(float(rounded[place]) for place in order), served
