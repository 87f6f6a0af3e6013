"""What stands before and after a hit comes with it. Pure."""

from collections.abc import Sequence

from pipelines.rag.retrieval.ranking import Ranking


def with_neighbours(hits: Ranking, documents: Sequence[Sequence[str]], reach: int) -> Ranking:
    """The hits with up to ``reach`` chunks before and after each. Chunks that follow one another are one run,
    in the order of the document, none twice; the run with the best hit is first. A neighbour has the score of
    the best hit within reach. ``documents`` are the ids of each document's chunks in order; a hit that is in
    none of them is a run of its own.

    >>> with_neighbours(Ranking(("d", "b"), (2.0, 1.0)), [["a", "b", "c", "d", "e", "f"]], 1)
    Ranking(ids=('a', 'b', 'c', 'd', 'e'), scores=(1.0, 1.0, 2.0, 2.0, 2.0))
    """
    scores = hits.by_id()
    runs = [run for document in documents for run in _runs(document, scores, reach)]
    known = {one for run in runs for one in run}
    runs += [{one: scores[one]} for one in hits.ids if one not in known]
    rank = {one: place for place, one in enumerate(hits.ids)}
    runs.sort(key=lambda run: min(rank[one] for one in run if one in rank))
    return Ranking(
        tuple(one for run in runs for one in run), tuple(score for run in runs for score in run.values())
    )


def _runs(document: Sequence[str], scores: dict[str, float], reach: int) -> list[dict[str, float]]:
    """Runs of chunks that follow one another: id → score, in order."""
    best: dict[int, float] = {}
    for place, one in enumerate(document):
        if one in scores:
            for near in range(max(0, place - reach), min(len(document), place + reach + 1)):
                best[near] = max(scores[one], best.get(near, scores[one]))
    runs: list[dict[str, float]] = []
    for place in sorted(best):
        if place - 1 not in best:
            runs.append({})
        runs[-1][document[place]] = best[place]
    return runs
