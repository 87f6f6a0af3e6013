"""Translation edit rate (Snover et al., 2006), by sacrebleu."""

from collections.abc import Sequence
from functools import lru_cache

from sacrebleu.metrics import TER, lib_ter

from pipelines.evaluation.metrics.answers import Alignment, Count, Pair
from pipelines.evaluation.metrics.by_sacrebleu import SacrebleuMetric
from pipelines.evaluation.metrics.edits import EXTRA, KEPT, aligned, edit_counts
from pipelines.evaluation.metrics.metric import Whole, check_units
from pipelines.evaluation.metrics.requests import MOST_REFERENCES
from pipelines.evaluation.metrics.specs import MetricSettings

_MOST_WORDS = 300  # the search for moves takes a time that grows with the square


class Ter(SacrebleuMetric):
    """Statistics: edits to the nearest reference, and the references' mean length in words."""

    def __init__(self, settings: MetricSettings):
        self._metric = TER(
            normalized=settings.normalized,
            no_punct=not settings.punctuation,
            case_sensitive=settings.case_sensitive,
        )

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        check_units("TER", max(len(one.split()) for one in (prediction, *references)), _MOST_WORDS)
        _, moves, _, trace = self._nearest(prediction, references)
        words = [len(self._words(one)) for one in references]
        statistics = float(moves + _edits(trace)), sum(words) / len(words)
        score = self._metric._compute_score_from_stats(list(statistics)).score
        counts = (Count("moves", float(moves)), *edit_counts(trace), *_counts(statistics))
        return Pair(float(score), statistics, counts)

    def whole(self, sums: Sequence[float]) -> Whole:
        score = self._metric._compute_score_from_stats(list(sums))
        edits, length = map(float, sums)
        return Whole(
            float(score.score), _counts(sums), f"{edits:g} edits / {length:g} words = {score.score:.2f}"
        )

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """The prediction's words stand as they were moved."""
        number, _, words, trace = self._nearest(prediction, references)
        return aligned(words, self._words(references[number]), trace, number)

    def _words(self, text: str) -> list[str]:
        return self._metric._preprocess_segment(text).split()

    def _nearest(self, prediction: str, references: Sequence[str]) -> tuple[int, int, list[str], str]:
        """The number of the reference that takes the fewest edits, the moves, the words after them, and the
        edits that are left."""
        ways = [_way(tuple(self._words(prediction)), tuple(self._words(one))) for one in references]
        edits = [moves + _edits(trace) for moves, _, trace in ways]
        best = edits.index(min(edits))
        return best, *ways[best]


@lru_cache(MOST_REFERENCES)  # a pair is counted first, and then looked at
def _way(said: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[int, list[str], str]:
    """Moves, then what the words are after them and the edits to ``wanted``, step by step: sacrebleu's own
    search, whose one public function tells no more than how many there are."""
    words = list(said)
    if not wanted:
        return 0, words, EXTRA * len(words)
    distance, moves, checked = lib_ter.BeamEditDistance(list(wanted)), 0, 0
    while True:
        gain, moved, checked = lib_ter._shift(words, list(wanted), distance, checked)
        if checked >= lib_ter._MAX_SHIFT_CANDIDATES or gain <= 0:
            break
        words, moves = moved, moves + 1
    return moves, words, lib_ter._flip_trace(distance(words)[1])


def _edits(trace: str) -> int:
    return len(trace) - trace.count(KEPT)


def _counts(statistics: Sequence[float]) -> tuple[Count, ...]:
    edits, length = map(float, statistics)
    return Count("edits", edits), Count("words of the reference, mean", length)
