"""Two rankings become one: by their scores, or by their ranks. Pure."""

from collections.abc import Mapping

from pipelines.rag.retrieval.ranking import Ranking, ranked, union


def weighted(bm25: Mapping[str, float], dense: Mapping[str, float], dense_weight: float) -> Ranking:
    """``dense_weight`` × scaled cosine + the rest × scaled BM25, for every candidate of either retriever.
    Each retriever's scores are scaled to 0…1 over all candidates (min-max), so that neither the length of a
    question nor the narrow range of an embedding model's cosines decides. Both should score all candidates:
    what one of them does not score counts as its lowest.

    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023): a convex combination
    of scaled scores beats fusion by ranks, and its weight is learnt from few questions.

    >>> weighted({"a": 4.0, "b": 2.0, "c": 0.0}, {"a": 0.0, "b": 1.0, "c": 0.5}, 0.5)
    Ranking(ids=('b', 'a', 'c'), scores=(0.75, 0.5, 0.25))
    """
    candidates = union(tuple(bm25), tuple(dense))
    words, meaning = scaled(bm25), scaled(dense)
    return ranked(
        {
            one: dense_weight * meaning.get(one, 0.0) + (1 - dense_weight) * words.get(one, 0.0)
            for one in candidates
        }
    )


def reciprocal_rank(rankings: tuple[Ranking, ...], k: int) -> Ranking:
    """The sum of 1 / (k + rank) over the rankings that have the chunk, ranks from 1: Cormack, Clarke and
    Büttcher (2009).

    >>> reciprocal_rank((Ranking(("a", "b"), (9.0, 8.0)), Ranking(("b",), (0.2,))), 1).ids
    ('b', 'a')
    """
    sums: dict[str, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking.ids, 1):
            sums[one] = sums.get(one, 0.0) + 1 / (k + rank)
    return ranked(sums)


def scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """The lowest becomes 0, the highest 1. Where all are equal, each is 1, or 0 where none has any score: a
    question without a known word brings nobody anything.

    >>> scaled({"a": 3.0, "b": 1.0, "c": 2.0})
    {'a': 1.0, 'b': 0.0, 'c': 0.5}
    """
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    span = high - low
    if span <= 0:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {one: (score - low) / span for one, score in scores.items()}
