"""Vectors written to Chroma, read from it and taken out of it for good.

Chroma marks a vector as removed and keeps it in its graph: its place and its bytes are not used again. So a
collection that has lost some is copied into a new one, in steps.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from pipelines.core.settings import Settings
from pipelines.rag.index.chroma import SPARE, Chroma
from pipelines.rag.index.disk import sweep

_READ = 500  # vectors that are read at once
_COPIED = 100  # vectors that are added to a graph in a step
_SMALL = 5_000  # vectors up to which a copy is made for one that was removed
_SHARE = 0.1  # removed, of those left, above that
_REMOVED = "removed"


class Stored:
    """By the ids of collections and of chunks. Safe for one thread."""

    def __init__(self, settings: Settings):
        self._chroma = Chroma(settings)
        self._changes: Counter[str] = Counter()
        self._compacting: set[str] = set()

    def add(self, collection: str, ids: Sequence[str], vectors: np.ndarray) -> None:
        """``vectors`` is ``[id, dimension]`` of length 1. An id that is there gets the new vector."""
        self._changes[collection] += 1
        rows = np.asarray(vectors, np.float32)
        for start in range(0, len(ids), self._chroma.batch):
            part = slice(start, start + self._chroma.batch)
            given = {"ids": list(ids[part]), "embeddings": rows[part]}
            self._chroma.call(collection, lambda at, given=given: at.upsert(**given), make=True)

    def present(self, collection: str, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that have a vector."""
        return {one for some in _parts(ids) for one in self._get(collection, ids=some)["ids"]}

    def ids(self, collection: str) -> list[str]:
        """All, in order."""
        return sorted(self._get(collection)["ids"])

    def count(self, collection: str) -> int:
        return self._chroma.call(collection, lambda at: at.count(), 0)

    def read(self, collection: str, ids: Sequence[str]) -> Iterator[tuple[list[str], np.ndarray]]:
        """(ids, float32 ``[id, dimension]``) part by part, of those that are there."""
        for some in _parts(ids):
            found = self._get(collection, ids=some, include=["embeddings"])
            if found["ids"]:
                yield found["ids"], np.asarray(found["embeddings"], np.float32)

    def nearest(self, collection: str, vector: np.ndarray, k: int) -> tuple[list[str], np.ndarray]:
        """(ids, cosines) as Chroma's graph finds them, the best first."""
        asked = {"query_embeddings": vector[None], "n_results": k, "include": ["distances"]}
        found = self._chroma.call(collection, lambda at: at.query(**asked))
        if not found or not found["ids"][0]:
            return [], np.zeros(0, np.float32)
        return found["ids"][0], 1 - np.asarray(found["distances"][0], np.float32)

    def remove(self, collection: str, ids: Collection[str]) -> None:
        """None of them is found again; :meth:`compact` frees what they took."""
        self._changes[collection] += 1
        for some in _parts(list(ids)):
            self._chroma.call(collection, lambda at, some=some: _removed(at, some))

    def drop(self, collection: str) -> None:
        """All of it; :meth:`sweep` frees the disk."""
        self._changes[collection] += 1
        self._chroma.drop(collection + SPARE)
        self._chroma.drop(collection)

    def compact(self, collection: str) -> Iterator[None]:
        """Steps that copy the collection if it has lost enough, and put the copy in its place. Given up where
        the collection changes meanwhile: the next time does it. Not on a server, where others may write."""
        lost, left = self._chroma.call(collection, _losses, (0, 0))
        if not self._chroma.folder or collection in self._compacting or not _is_due(lost, left):
            return
        self._compacting.add(collection)
        whole = False
        try:
            whole = yield from self._copied(collection)
        finally:
            self._compacting.discard(collection)
            if not whole:
                self._chroma.drop(collection + SPARE)
        if whole:
            self._chroma.replace(collection)

    def sweep(self) -> int:
        """Bytes that the disk has back; of a server, whose disk is not ours, 0."""
        if not self._chroma.folder or not self._chroma.folder.is_dir():
            return 0
        names = set(self._chroma.names())
        for collection in names - self._compacting:
            if collection + SPARE in names:  # half a copy, left by a kill
                self._chroma.drop(collection + SPARE)
        return sweep(self._chroma.folder)

    def _copied(self, collection: str) -> Iterator[None]:
        """Whether the spare has everything that the collection has."""
        changes, spare = self._changes[collection], collection + SPARE
        self._chroma.drop(spare)
        self._chroma.call(spare, lambda at: None, make=True)
        for ids, vectors in self.read(collection, self.ids(collection)):
            for start in range(0, len(ids), _COPIED):
                part = slice(start, start + _COPIED)
                given = {"ids": ids[part], "embeddings": vectors[part]}
                self._chroma.call(spare, lambda at, given=given: at.upsert(**given))
                yield
                if self._changes[collection] != changes:
                    return False
        return True

    def _get(self, collection: str, **asked) -> dict:
        nothing = {"ids": [], "embeddings": np.zeros((0, 0), np.float32)}
        return self._chroma.call(collection, lambda at: at.get(**{"include": [], **asked}), nothing)


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _READ):
        yield list(ids[start : start + _READ])


def _removed(at, ids: list[str]) -> None:
    at.delete(ids=ids)
    at.modify(metadata={_REMOVED: _lost(at) + len(ids)})


def _lost(at) -> int:
    return int((at.metadata or {}).get(_REMOVED, 0))


def _losses(at) -> tuple[int, int]:
    return _lost(at), at.count()


def _is_due(lost: int, left: int) -> bool:
    return lost > 0 and (left <= _SMALL or lost >= _SHARE * left)
