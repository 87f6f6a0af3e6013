"""Chroma's graph over vectors in memory alone, to be measured: nothing of it reaches the disk."""

import uuid
from collections.abc import Iterator

import numpy as np

from pipelines.rag.index.chroma import COSINE, settings_of

_AT_ONCE = 100  # vectors added in a step
_LINKS = 16  # a node's neighbours: Chroma's default


class ChromaGraph:
    """Rows of vectors by their numbers. To be closed at its end."""

    def __init__(self) -> None:
        import chromadb

        self._client = chromadb.EphemeralClient(settings=settings_of())
        self._name = f"measured-{uuid.uuid4()}"
        self._made = self._client.create_collection(self._name, embedding_function=None, configuration=COSINE)
        self.bytes = 0

    def filled(self, vectors: np.ndarray) -> Iterator[None]:
        """Steps that add all of them."""
        for start in range(0, len(vectors), _AT_ONCE):
            part = vectors[start : start + _AT_ONCE]
            self._made.add(ids=[str(start + row) for row in range(len(part))], embeddings=part)
            yield
        each = 4 * vectors.shape[1] + 4 * (2 * _LINKS + 1) + 8  # as hnswlib lays out its lowest layer
        self.bytes = each * len(vectors)

    def search(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(rows, cosines), the best first."""
        found = self._made.query(query_embeddings=vector[None], n_results=k, include=["distances"])
        rows, distances = found["ids"][0], found["distances"][0]
        return np.array(rows, np.int64), 1 - np.asarray(distances, np.float32)

    def close(self) -> None:
        self._client.delete_collection(self._name)
        self._client.close()
