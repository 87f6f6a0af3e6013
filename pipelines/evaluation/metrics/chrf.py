"""chrF and chrF++ (Popović, 2015, 2017), by sacrebleu."""

from collections.abc import Sequence

from sacrebleu.metrics import CHRF

from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.by_sacrebleu import SacrebleuMetric
from pipelines.evaluation.metrics.metric import Whole
from pipelines.evaluation.metrics.ngrams import covered, marks_of, ngrams
from pipelines.evaluation.metrics.specs import MetricSettings

_SHOWN = 400  # characters of a pair that are marked


class Chrf(SacrebleuMetric):
    """Statistics: for each order n-grams of the prediction, of the reference, and those in both; of several
    references the one with the best F counts. Characters come before words."""

    def __init__(self, settings: MetricSettings):
        self._chars, self._word_order, self._beta = settings.char_order, settings.word_order, settings.beta
        self._lower = settings.lowercase
        self._metric = CHRF(
            char_order=self._chars, word_order=self._word_order, beta=self._beta, lowercase=self._lower
        )

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        statistics = self.statistics(prediction, references)
        value = float(self._metric._compute_f_score(statistics))
        return Pair(value, tuple(statistics), self._counts(statistics))

    def whole(self, sums: Sequence[float]) -> Whole:
        value = float(self._metric._compute_f_score(list(sums)))
        precision, recall = self._shares(sums)
        formula = f"F{self._beta} of precision {precision:.1%} and recall {recall:.1%} = {value:.2f}"
        return Whole(value, self._counts(sums), formula)

    def _counts(self, statistics: Sequence[float]) -> tuple[Count, ...]:
        found = []
        for name, said, wanted, both in self._orders(statistics):
            found += [Count(f"{name}, of the prediction's", both, said)]
            found += [Count(f"{name}, of the reference's", both, wanted)]
        return tuple(found)

    def _orders(self, statistics: Sequence[float]) -> list[tuple[str, float, float, float]]:
        names = [f"runs of {n} in common" for n in range(1, self._chars + 1)]
        names += [f"{n}-grams of words in common" for n in range(1, self._word_order + 1)]
        return [(name, *map(float, statistics[3 * at : 3 * at + 3])) for at, name in enumerate(names)]

    def _shares(self, statistics: Sequence[float]) -> tuple[float, float]:
        """Precision and recall, the mean of the orders for which both texts are long enough."""
        orders = [
            (both / said, both / wanted)
            for _, said, wanted, both in self._orders(statistics)
            if said and wanted
        ]
        if not orders:
            return 0.0, 0.0
        return sum(one for one, _ in orders) / len(orders), sum(two for _, two in orders) / len(orders)

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        each = [self._metric._compute_f_score(self.statistics(prediction, [one])) for one in references]
        best = each.index(max(each))
        said, theirs = self._letters(prediction), self._letters(references[best])
        marks = marks_of(covered(said, ngrams(theirs, self._chars), self._chars))
        found = marks_of(covered(theirs, ngrams(said, self._chars), self._chars))
        return Alignment(Marked(said, marks), Marked(theirs, found), best, joint="")

    def _letters(self, text: str) -> tuple[str, ...]:
        """As they are compared: without spaces."""
        return tuple("".join(self._metric._preprocess_segment(text).split())[:_SHOWN])
