"""Exact match and token F1, as SQuAD compares answers (Rajpurkar et al., 2016), or as they stand."""

from collections import Counter
from collections.abc import Sequence

from pipelines.common.metrics import squad_normalised
from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.metric import MeanMetric
from pipelines.evaluation.metrics.ngrams import covered, ngrams
from pipelines.evaluation.metrics.specs import SQUAD, MetricSettings


class TokenF1(MeanMetric):
    """Statistics: F1 with the nearest reference, words in both, of the prediction, of the reference, 1. Two
    texts without a word are equal."""

    def __init__(self, settings: MetricSettings):
        self._normal = settings.normal

    @property
    def signature(self) -> str:
        return f"token F1|normalised:{self._normal}|best reference|mean of pairs"

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        overlaps = [self._overlap(prediction, one) for one in references]
        value, *counted = max(overlaps, key=lambda overlap: overlap[0])
        return Pair(value, (value, *counted, 1.0), self.counts(counted))

    def counts(self, sums: Sequence[float], pairs: float = 1.0) -> tuple[Count, ...]:
        both, said, wanted = sums
        return (
            Count("words in common, of the prediction's", both, said),
            Count("words in common, of the reference's", both, wanted),
        )

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        values = [self._overlap(prediction, one)[0] for one in references]
        number = values.index(max(values))
        said, wanted = self._words(prediction), self._words(references[number])
        return Alignment(_marked(said, wanted), _marked(wanted, said), number)

    def _overlap(self, prediction: str, reference: str) -> tuple[float, float, float, float]:
        said, wanted = self._words(prediction), self._words(reference)
        both = sum((Counter(said) & Counter(wanted)).values())
        value = 2 * both / (len(said) + len(wanted)) if said and wanted else float(said == wanted)
        return value, float(both), float(len(said)), float(len(wanted))

    def _words(self, text: str) -> list[str]:
        return normalised(text, self._normal).split()


class ExactMatch(MeanMetric):
    """Statistics: whether the prediction is one of the references, 1."""

    def __init__(self, settings: MetricSettings):
        self._normal = settings.normal

    @property
    def signature(self) -> str:
        return f"exact match|normalised:{self._normal}|any reference|mean of pairs"

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        value = float(normalised(prediction, self._normal) in self._all(references))
        return Pair(value, (value, 1.0))

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """Both as they are compared; of several references the one that is the same."""
        said, each = normalised(prediction, self._normal), self._all(references)
        number = each.index(said) if said in each else 0
        return Alignment(_marked([said], [each[number]]), _marked([each[number]], [said]), number)

    def _all(self, references: Sequence[str]) -> list[str]:
        return [normalised(one, self._normal) for one in references]


def normalised(text: str, how: str) -> str:
    return squad_normalised(text) if how == SQUAD else text


def _marked(units: list[str], others: list[str]) -> Marked:
    longest = covered(units, ngrams(others, 1), 1)
    return Marked(tuple(units), tuple("exact" if n else "" for n in longest))
