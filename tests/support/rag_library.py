"""A retrieval library in memory: the store, the indexes and the models of small collections, each as plain as
can be, so that what a search makes of them can be counted by hand.
"""

import math
from collections import Counter
from collections.abc import Collection as Ids
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from assets.recipes.rag_sections import Documents, SectionStore, SectionVectors
from pipelines.core.errors import NotFoundError

WIDE = 64
_K1, _B = 1.5, 0.75


def words_of(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


class WordEncoder:
    """Texts with words in common are near: each word is a direction, by chance but always the same."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        sums = np.array([sum((_direction(w) for w in words_of(text)), np.zeros(WIDE)) for text in texts])
        sums = sums.reshape(len(texts), WIDE)
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        self.asked.append(text)
        return self.embed([text])[0]


class Lexical:
    """BM25 as Robertson and Zaragoza (2009) write it, by counting."""

    def __init__(self, texts: Mapping[str, str]):
        self._counts = {one: Counter(words_of(text)) for one, text in texts.items()}
        self._mean = sum(c.total() for c in self._counts.values()) / max(1, len(self._counts))

    def search(
        self, collection: str, query: str, k: int, allowed: Ids[str] | None = None
    ) -> tuple[tuple[str, ...], np.ndarray]:
        scores = {one: self.score(query, one) for one in self._counts if allowed is None or one in allowed}
        best = sorted(scores, key=lambda one: -scores[one])[:k]
        return tuple(best), np.array([scores[one] for one in best])

    def score(self, query: str, one: str) -> float:
        counts = self._counts[one]
        norm = _K1 * (1 - _B + _B * counts.total() / self._mean)
        return sum(self._idf(word) * counts[word] / (counts[word] + norm) for word in words_of(query))

    def weights(self, collection: str, query: str) -> dict[str, float]:
        return {word: self._idf(word) for word in words_of(query)}

    def words(self, text: str, language: str) -> list[str]:
        return words_of(text)

    def _idf(self, word: str) -> float:
        having = sum(word in counts for counts in self._counts.values())
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))


class FakeLibrary:
    """What handlers are given, over one collection with the id ``tales``. ``chunks`` maps ids to texts; for
    ``facts`` see :class:`SectionStore`."""

    def __init__(self, documents: Documents, rerankers: Mapping[str, Any] = {}, **facts: Any):
        self.store = SectionStore(documents, "tales", facts)
        self.chunks = {one: self.store.piece(one) for one in self.store.rows}
        self.embedder, self._rerankers = WordEncoder(), rerankers
        vectors = self.embedder.embed(list(self.chunks.values()))
        self.vectors = SectionVectors(tuple(self.chunks), vectors)
        self.lexical = Lexical(self.chunks)

    def ready(self, name: str) -> Iterator[Any]:
        yield None
        return self.embedder

    def ready_reranker(self, name: str) -> Iterator[Any]:
        yield None
        return self._rerankers[name]

    def text(self, collection: str, document: str) -> str:
        if document not in self.store.texts:
            raise NotFoundError("There is no such document in this collection.")
        return self.store.texts[document]


def _direction(word: str) -> np.ndarray:
    return np.random.default_rng(crc32(word.encode())).standard_normal(WIDE)
