"""How probable is it that the collection holds an answer? A logistic function of a few signs of the search.
Pure; NumPy-free.

The coefficients are fitted by ``assets/recipes/rag_answerable.py`` to questions of which it is known whether
they are about a text of the collection; it prints how well they do on others.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipelines.rag.retrieval.ranking import Ranking
from pipelines.rag.specs import MINILM

TOP = 5  # passages of each retriever that are looked at
CALIBRATED = MINILM  # the embedding model whose cosines were measured


@dataclass(frozen=True)
class Signs:
    """All 0 to 1, but a cosine may be less. ``words``: the best BM25 score over the highest that the question
    can have; ``margin``: how far the fifth is below, in the same measure; ``covered``: the share of the
    question's words that stand in the first five passages of either retriever. ``cosine`` is the best,
    ``agreement`` the share of the first five that both retrievers name; None without the dense retriever."""

    words: float
    margin: float
    covered: float
    cosine: float | None = None
    agreement: float | None = None


# Fitted by assets/recipes/rag_answerable.py to 10,680 searches for FairytaleQA's training questions; it
# prints how well they do on the validation stories and in other fields.
BIAS = {"both": -12.24, "words": -5.46}
WEIGHTS = {
    "both": {"words": 4.08, "margin": 9.92, "covered": 2.64, "cosine": 12.39, "agreement": 3.92},
    "words": {"words": 8.65, "margin": 5.81, "covered": 2.70},
}


def signs(
    bm25: Ranking, dense: Ranking | None, weights: Mapping[str, float], words: Collection[str]
) -> Signs:
    """``bm25`` and ``dense`` are what the question alone found; ``weights`` are its words, as BM25 counts
    them, with the most that each can add to a score; ``words`` are those that stand in the first passages."""
    most = sum(weights.values())
    top, fifth = _score(bm25, 0), _score(bm25, TOP - 1)
    covered = sum(word in words for word in weights) / len(weights) if weights else 0.0
    found = Signs(top / most if most else 0.0, (top - fifth) / most if most else 0.0, covered)
    if dense is None or not len(dense):
        return found
    both = set(bm25.ids[:TOP]) & set(dense.ids[:TOP])
    return Signs(found.words, found.margin, found.covered, dense.scores[0], len(both) / TOP)


def probability(found: Signs) -> float:
    """From 0 to 1."""
    kind = "words" if found.cosine is None else "both"
    total = BIAS[kind] + sum(weight * getattr(found, name) for name, weight in WEIGHTS[kind].items())
    return 1 / (1 + math.exp(-total))


def _score(ranking: Ranking, place: int) -> float:
    return ranking.scores[place] if place < len(ranking) else 0.0
