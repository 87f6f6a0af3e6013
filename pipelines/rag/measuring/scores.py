"""How one question went with one configuration, as it is kept. Standard library and core.

Figures are from 0 to 1, or None where there is nothing to judge; never NaN.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pipelines.rag.measuring.failing import Failure, Rank


@dataclass(frozen=True)
class Metric:
    """``binary`` ones are right or wrong a question, the others a number."""

    name: str
    title: str
    help: str
    binary: bool = False


METRICS = (
    Metric("hit", "Hit", "At least one of the passages found holds the answer.", True),
    Metric("mrr", "MRR", "1 divided by the rank of the first passage that holds it."),
    Metric("ndcg", "nDCG", "As MRR, for all passages that hold it, against the best order there is."),
    Metric("precision", "Context precision", "The share of the passages found that hold the answer."),
    Metric("recall", "Context recall", "The share of the gold text that the passages found have together."),
    Metric(
        "em",
        "Exact match",
        "The answer is one of the right ones but for case, punctuation and articles.",
        True,
    ),
    Metric("f1", "Token F1", "The words that the answer shares with the nearest right one."),
    Metric(
        "faithful", "Faithfulness", "The share of the answer's claims that a passage in the prompt backs."
    ),
)
BY_NAME = {one.name: one for one in METRICS}


@dataclass(frozen=True)
class Score:
    """``question`` is the question's key. ``failed`` is empty where all went well. ``cut``: no chunk has the
    whole of the gold passage. ``ranks`` are empty without gold."""

    question: str
    figures: dict[str, float | None]
    ranks: tuple[Rank, ...] = ()
    failed: str = ""
    cut: bool = False
    answer: str = ""
    abstained: bool = False
    seconds: float = 0.0
    note: str = ""

    def figure(self, name: str) -> float | None:
        return self.figures.get(name)


def score_json(score: Score) -> dict[str, Any]:
    return asdict(score)


def score_from(told: dict[str, Any]) -> Score:
    """What :func:`score_json` has made; raises KeyError or TypeError for anything else."""
    return Score(**{**told, "ranks": tuple(Rank(**one) for one in told["ranks"])})


def errored(question: str, note: str) -> Score:
    """Nothing is known of the question but that it failed."""
    return Score(question, {}, failed=Failure.ERROR.value, note=note)
