"""The retriever that finds words: BM25 over the collection's word index."""

from pipelines.rag.retrieval.ranking import Ranking, best_of, ranking_of
from pipelines.rag.retrieval.scope import Scope


def by_words(scope: Scope, count: int) -> Ranking:
    """The ``count`` best; of several wordings each chunk has the best of its scores. A chunk without a word
    of the question is left out."""
    return best_of(for_wording(scope, text, count) for text in scope.wordings).first(count)


def for_wording(scope: Scope, text: str, count: int) -> Ranking:
    found = ranking_of(*scope.library.lexical.search(scope.id, text, count, scope.allowed))
    scores = found.by_id()
    return found.only(lambda one: scores[one] > 0)


def scores_of(scope: Scope, ids: set[str]) -> dict[str, float]:
    """The scores of these chunks, 0 for those without a word of the question."""
    if not ids:
        return {}
    search = scope.library.lexical.search
    lists = (ranking_of(*search(scope.id, text, len(ids), ids)) for text in scope.wordings)
    return {**dict.fromkeys(sorted(ids), 0.0), **best_of(lists).by_id()}
