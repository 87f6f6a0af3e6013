"""What one search works on: a collection as it is now, the question in its wordings, the chunks that may be
found."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.rag.records import Collection
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.filters import chunks_of, documents_of, is_narrow
from pipelines.rag.specs import SearchSpec


@dataclass(frozen=True)
class Scope:
    """``wordings`` begin with the question itself; ``hypothetical`` is an invented answer, or empty.
    ``allowed`` is None where nothing is left out. ``vectors`` are what the dense retriever searches with,
    ``question_vector`` is that of the question alone: known once it is embedded."""

    library: Any
    collection: Collection
    spec: SearchSpec
    wordings: tuple[str, ...]
    allowed: frozenset[str] | None
    hypothetical: str = ""
    vectors: tuple[np.ndarray, ...] = ()
    question_vector: np.ndarray | None = None

    @property
    def question(self) -> str:
        return self.wordings[0]

    @property
    def id(self) -> str:
        return self.collection.id


def allowed(library: Any, collection: Collection, spec: SearchSpec) -> frozenset[str] | None:
    """The chunks that the filters leave; None means all. Raises :class:`SpecError` for a document that is not
    there."""
    if not is_narrow(spec):
        return None
    store = library.store
    if not spec.documents and not spec.kinds:
        return chunks_of(store.all_chunks(collection.id), spec)
    documents = documents_of(store.documents(collection.id), spec)
    return frozenset().union(*(chunks_of(store.chunks_of(one.id), spec) for one in documents))


def wordings(request: SearchRequest) -> tuple[str, ...]:
    """The question and what else it is called, each once, nothing empty."""
    given = (" ".join(text.split()) for text in (request.query, *request.queries))
    return tuple(dict.fromkeys(text for text in given if text))
