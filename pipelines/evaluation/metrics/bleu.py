"""BLEU, by sacrebleu (Post, 2018), and self-BLEU (Zhu et al., 2018)."""

import math
from collections.abc import Sequence

from sacrebleu.metrics import BLEU
from sacrebleu.metrics.bleu import BLEUScore

from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.by_sacrebleu import SacrebleuMetric
from pipelines.evaluation.metrics.metric import MeanMetric, Whole
from pipelines.evaluation.metrics.ngrams import covered, marks_of, most_of, ngrams
from pipelines.evaluation.metrics.specs import MetricSettings


def _bleu(settings: MetricSettings, sentences: bool) -> BLEU:
    """Of single sentences only the orders count that they are long enough for."""
    return BLEU(
        lowercase=settings.lowercase,
        force=True,
        tokenize=settings.tokenize,
        smooth_method=settings.smoothing,
        max_ngram_order=settings.max_order,
        effective_order=sentences,
    )


class Bleu(SacrebleuMetric):
    """Statistics: the prediction's length, that of the reference nearest in length, then matches and n-grams
    of each order. A pair's value is its own BLEU, with as many orders as its length allows."""

    def __init__(self, settings: MetricSettings):
        self._order = settings.max_order
        self._metric, self._sentence = _bleu(settings, False), _bleu(settings, True)

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        statistics = self.statistics(prediction, references)
        score = self._sentence._compute_score_from_stats(statistics)
        return Pair(score.score, tuple(statistics), _counts(statistics, self._order))

    def whole(self, sums: Sequence[float]) -> Whole:
        score = self._metric._compute_score_from_stats(list(sums))
        counts = _counts(sums, self._order)
        return Whole(score.score, counts, _formula(score))

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        said = self._words(prediction)
        given = [self._words(one) for one in references]
        nearest = min(range(len(given)), key=lambda at: (abs(len(given[at]) - len(said)), len(given[at])))
        theirs = given[nearest]
        allowed = most_of(ngrams(one, self._order) for one in given)
        marks = marks_of(covered(said, allowed, self._order))
        found = marks_of(covered(theirs, ngrams(said, self._order), self._order))
        return Alignment(Marked(tuple(said), marks), Marked(tuple(theirs), found), nearest)

    def _words(self, text: str) -> list[str]:
        return self._metric._preprocess_segment(text).split()


class SelfBleu(MeanMetric):
    """The mean over texts, each with all the others as its references."""

    def __init__(self, settings: MetricSettings):
        self._bleu = Bleu(settings)
        self.prepare, self.alignment = self._bleu.prepare, self._bleu.alignment

    @property
    def signature(self) -> str:
        return f"self-BLEU, mean of sentences|{self._bleu.signature}"

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        found = self._bleu.pair(prediction, references)
        return Pair(found.value, (found.value, 1.0), found.counts)


def _counts(statistics: Sequence[float], order: int) -> tuple[Count, ...]:
    length, wanted = statistics[:2]
    matches, totals = statistics[2 : 2 + order], statistics[2 + order :]
    orders = [
        Count(f"{n}-grams matched", float(match), float(total))
        for n, (match, total) in enumerate(zip(matches, totals, strict=True), start=1)
    ]
    return (
        *orders,
        Count("length of predictions", float(length)),
        Count("length of references", float(wanted)),
        Count("brevity penalty", _penalty(length, wanted)),
    )


def _penalty(length: float, wanted: float) -> float:
    if length >= wanted:
        return 1.0
    return math.exp(1 - wanted / length) if length else 0.0


def _formula(score: BLEUScore) -> str:
    shares = " · ".join(f"{share:.1f}" for share in score.precisions)
    return f"{score.bp:.3f} · ({shares})^(1/{len(score.precisions)}) = {score.score:.2f}"
