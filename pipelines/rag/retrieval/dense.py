"""The retriever that finds meaning: cosines between the question's vector and those of the chunks."""

from typing import Any

import numpy as np

from pipelines.rag.retrieval.ranking import Ranking, best_of, ranking_of
from pipelines.rag.retrieval.scope import Scope


def by_meaning(scope: Scope, count: int, index: str) -> tuple[Ranking, str]:
    """The ``count`` best by ``index`` and the index that served; of several wordings each chunk has the best
    of its cosines."""
    found, served = [], "none"
    for vector in scope.vectors:
        ranking, served = for_vector(scope, vector, count, index, scope.allowed)
        found.append(ranking)
    return best_of(found).first(count), served


def for_vector(scope: Scope, vector: np.ndarray, count: int, index: str, allowed: Any) -> tuple[Ranking, str]:
    search, version = scope.library.vectors.search, scope.collection.version
    ids, scores, served = search(scope.id, version, vector, count, index, allowed)
    return ranking_of(ids, scores), served


def scores_of(scope: Scope, ids: set[str]) -> dict[str, float]:
    """The cosines of these chunks, computed exactly."""
    if not ids:
        return {}
    found = (for_vector(scope, vector, len(ids), "exact", ids)[0] for vector in scope.vectors)
    return best_of(found).by_id()


def with_answer(vector: np.ndarray, encoder: Any, invented: str) -> np.ndarray:
    """The question's vector; with an invented answer the mean of both, of unit length: HyDE, Gao, Ma, Lin and
    Callan (2022)."""
    if not invented:
        return vector
    both = vector + encoder.embed([invented])[0]
    return both / max(float(np.linalg.norm(both)), 1e-12)
