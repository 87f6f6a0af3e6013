"""The later stages: copies left out, variety, a second reading, what stands around. A ``next`` is a step."""

from collections.abc import Generator
from typing import Any

import numpy as np

from pipelines.rag.retrieval.clock import Clock
from pipelines.rag.retrieval.copies import without_copies
from pipelines.rag.retrieval.mmr import mmr
from pipelines.rag.retrieval.neighbours import with_neighbours
from pipelines.rag.retrieval.ranking import Ranking, ranked
from pipelines.rag.retrieval.run import Run

_PAIRS = 4  # that a reranker reads in a step
_FOR_RERANKER = 3  # times top_k: so many are chosen for variety where a reranker follows
_COPIES = "{count} with the same words as a better one left out"
_MMR = "λ {share:g}: relevance, less the likeness to what was taken before"
_RERANK = "{name} has read question and passage together"
_AROUND = "up to {reach} before and after each hit, in the order of the document, with the hit's score"


def ordered(run: Run, ranking: Ranking) -> Generator[Any, None, Ranking]:
    """The hits, best first, and with neighbours in runs."""
    spec = run.scope.spec
    ranking = _without_copies(run, ranking)
    if spec.mmr < 1 and len(ranking):
        ranking = yield from _varied(run, ranking)
    if spec.reranker and len(ranking):
        ranking = yield from _read_again(run, ranking)
    hits = ranking.first(spec.top_k)
    if spec.neighbours and len(hits):
        hits = yield from _with_neighbours(run, hits)
    return hits


def _without_copies(run: Run, ranking: Ranking) -> Ranking:
    clock = Clock()
    with clock.running():
        kept = without_copies(ranking, {one: run.text(one) for one in ranking.ids})
    left_out = len(ranking) - len(kept)
    note = _COPIES.format(count=left_out)
    return run.trace.add("copies", kept, clock.seconds, note) if left_out else ranking


def _varied(run: Run, ranking: Ranking) -> Generator[Any, None, Ranking]:
    spec, clock = run.scope.spec, Clock()
    count = spec.top_k * (_FOR_RERANKER if spec.reranker else 1)
    with clock.running():
        ranking, vectors = _vectors(run, ranking)
        places, values = mmr(ranking.scores, vectors, spec.mmr, count)
    yield None
    taken = Ranking(tuple(ranking.ids[place] for place in places), tuple(values))
    return run.trace.add("mmr", taken, clock.seconds, _MMR.format(share=spec.mmr))


def _vectors(run: Run, ranking: Ranking) -> tuple[Ranking, np.ndarray]:
    """The candidates that have a vector, with these, ``[candidate, d]``."""
    scope = run.scope
    ids, vectors = scope.library.vectors.rows(scope.id, scope.collection.version, ranking.ids)
    rows = {one: row for row, one in enumerate(ids)}
    kept = ranking.only(rows.__contains__)
    return kept, vectors[[rows[one] for one in kept.ids]]


def _read_again(run: Run, ranking: Ranking) -> Generator[Any, None, Ranking]:
    scope, clock = run.scope, Clock()
    reranker = yield from scope.library.ready_reranker(scope.spec.reranker)
    scores: dict[str, float] = {}
    for start in range(0, len(ranking), _PAIRS):
        some = ranking.ids[start : start + _PAIRS]
        with clock.running():
            read = reranker.score(scope.question, [run.text(one) for one in some])
            scores.update(zip(some, read, strict=True))
        yield None
    note = _RERANK.format(name=scope.spec.reranker)
    return run.trace.add("rerank", ranked(scores), clock.seconds, note)


def _with_neighbours(run: Run, hits: Ranking) -> Generator[Any, None, Ranking]:
    scope, clock = run.scope, Clock()
    reach = scope.spec.neighbours
    with clock.running():
        documents = dict.fromkeys(run.passages[one].document for one in hits.ids)
        chunks = [[one.id for one in scope.library.store.chunks_of(document)] for document in documents]
        around = with_neighbours(hits, chunks, reach)
        run.read(around.ids)
        around = run.there(around)
    yield None
    return run.trace.add("neighbours", around, clock.seconds, _AROUND.format(reach=reach))
