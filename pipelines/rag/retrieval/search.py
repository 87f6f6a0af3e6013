"""Passages for a question, with a trace of every stage: the handler of SearchRequest."""

import time
from collections.abc import Iterator
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.rag.answers import Found
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.answerable import probability
from pipelines.rag.retrieval.ordering import ordered
from pipelines.rag.retrieval.ranking import Ranking, union
from pipelines.rag.retrieval.retrieving import retrieved
from pipelines.rag.retrieval.run import Run
from pipelines.rag.retrieval.scope import Scope, allowed, wordings
from pipelines.rag.retrieval.signs import signs_of


def search(request: SearchRequest, library: Any) -> Iterator[Any]:
    """One Found, after as many steps as its stages take. Raises SpecError for a question without words, a
    document or a reranker that there is not, and NotFoundError for a collection that is gone."""
    began = time.perf_counter()
    run = Run(_scope(request, library))
    yield None
    hits, answerable = Ranking(), 0.0
    if run.scope.collection.chunks and run.scope.allowed != frozenset():
        candidates = yield from retrieved(run)
        hits = yield from ordered(run, candidates)
        answerable = probability(signs_of(run))
    yield _found(request, run, hits, answerable, time.perf_counter() - began)


def _scope(request: SearchRequest, library: Any) -> Scope:
    texts = wordings(request)
    if not request.query.strip():
        raise SpecError("query", request.query, "a question, or words to look for")
    collection = library.store.collection(request.collection)
    narrowed = allowed(library, collection, request.spec)
    return Scope(library, collection, request.spec, texts, narrowed, request.hypothetical.strip())


def _found(request: SearchRequest, run: Run, hits: Ranking, answerable: float, seconds: float) -> Found:
    stages, collection = run.trace.stages(), run.scope.collection
    named = union(*(stage.ids for stage in stages), hits.ids)
    return Found(
        query=request.query,
        stages=stages,
        passages=tuple(run.passages[one] for one in named),
        hits=hits.ids,
        scores=hits.scores,
        answerable=answerable,
        index=run.index,
        chunks=collection.chunks,
        version=collection.version,
        seconds=seconds,
    )
