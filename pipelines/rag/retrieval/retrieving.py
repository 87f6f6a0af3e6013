"""The first stages: candidates by words, by meaning, and both joined. Each ``next`` is one step."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from pipelines.rag.retrieval import bm25, dense
from pipelines.rag.retrieval.clock import Clock
from pipelines.rag.retrieval.fusion import reciprocal_rank, weighted
from pipelines.rag.retrieval.ranking import Ranking, missing
from pipelines.rag.retrieval.run import Run

_WORDS = "BM25 of the words in common"
_MEANING = "cosine with the question's vector"
_HYDE = "cosine with the mean of the question's vector and an invented answer's"
_SERVED = ", {index} index; embedding took {seconds:.1f} ms of it"
_WEIGHTED = "{dense:g} × cosine + {words:g} × BM25, each scaled to 0…1 over the candidates of both"
_RRF = "sum of 1 / ({k} + rank) over both lists"


def retrieved(run: Run) -> Generator[Any, None, Ranking]:
    """The candidates, best first, by the mode that was asked for."""
    mode = run.scope.spec.mode
    found: dict[str, Ranking] = {}
    notes: dict[str, tuple[float, str]] = {}
    if mode != "dense":
        found["bm25"], notes["bm25"] = yield from _by_words(run)
    if mode != "bm25":
        found["dense"], notes["dense"] = yield from _by_meaning(run)
    run.read(one for ranking in found.values() for one in ranking.ids)
    yield None
    kept = {name: run.trace.add(name, run.there(ranking), *notes[name]) for name, ranking in found.items()}
    return _joined(run, kept["bm25"], kept["dense"]) if mode == "hybrid" else kept[mode]


def _by_words(run: Run) -> Generator[Any, None, tuple[Ranking, tuple[float, str]]]:
    clock = Clock()
    with clock.running():
        ranking = bm25.by_words(run.scope, run.scope.spec.candidates)
    if len(run.scope.wordings) == 1:
        run.words = ranking
    yield None
    return ranking, (clock.seconds, _WORDS + _several(run))


def _by_meaning(run: Run) -> Generator[Any, None, tuple[Ranking, tuple[float, str]]]:
    scope, clock = run.scope, Clock()
    encoder = yield from scope.library.ready(scope.collection.spec.embedder)
    with clock.running():
        own, *others = (encoder.embed_query(text) for text in scope.wordings)
        first = dense.with_answer(own, encoder, scope.hypothetical)
    embedding = clock.seconds
    run.scope = scope = replace(scope, vectors=(first, *others), question_vector=own)
    yield from scope.library.vectors.prepare(scope.id, scope.collection.version, scope.spec.index)
    with clock.running():
        ranking, run.index = dense.by_meaning(scope, scope.spec.candidates, scope.spec.index)
    if len(scope.wordings) == 1 and not scope.hypothetical:
        run.meaning = ranking
    yield None
    served = _SERVED.format(index=run.index, seconds=1000 * embedding)
    words = _HYDE if scope.hypothetical else _MEANING
    return ranking, (clock.seconds, words + served + _several(run))


def _joined(run: Run, words: Ranking, meaning: Ranking) -> Ranking:
    spec, clock = run.scope.spec, Clock()
    with clock.running():
        if spec.fusion == "rrf":
            ranking, note = reciprocal_rank((words, meaning), spec.rrf_k), _RRF.format(k=spec.rrf_k)
        else:
            ranking = _weighted(run, words, meaning)
            note = _WEIGHTED.format(dense=spec.dense_weight, words=round(1 - spec.dense_weight, 4))
    return run.trace.add("fusion", ranking, clock.seconds, note)


def _weighted(run: Run, words: Ranking, meaning: Ranking) -> Ranking:
    """What one retriever alone has found, the other scores too: fused over whole columns, a chunk does not
    lose its place to the limit of a list."""
    scope, by_words, by_meaning = run.scope, words.by_id(), meaning.by_id()
    by_words |= bm25.scores_of(scope, missing(meaning.ids, by_words))
    by_meaning |= dense.scores_of(scope, missing(words.ids, by_meaning))
    return weighted(by_words, by_meaning, scope.spec.dense_weight)


def _several(run: Run) -> str:
    count = len(run.scope.wordings)
    return f"; the best of {count} wordings" if count > 1 else ""
