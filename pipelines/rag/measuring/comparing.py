"""The table of a run: each configuration with intervals, and each against a baseline on the same questions.
NumPy and SciPy behind; never NaN: what cannot be told is None.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.common.intervals import mean_interval
from pipelines.common.proportions import holm, paired, proportion
from pipelines.common.randomisation import randomisation
from pipelines.rag.measuring.scores import BY_NAME, METRICS, Score

BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
_ALPHA = 0.05
Scores = Mapping[int, Score]  # by the question's place


@dataclass(frozen=True)
class Estimate:
    """The mean of ``count`` questions with its 95 % interval: Wilson's for right or wrong, else a bootstrap.
    None where nothing or too little is known."""

    mean: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Row:
    """A configuration. ``failed`` counts questions by the stage where they failed, ``seconds`` is the mean of
    a search."""

    name: str
    done: int
    estimates: Mapping[str, Estimate]
    failed: Mapping[str, int]
    seconds: float | None


@dataclass(frozen=True)
class Difference:
    """``name`` minus ``baseline``, over the ``count`` questions that both have. ``wins`` and ``losses`` count
    questions. ``p_value`` is exact (McNemar's) for right or wrong, else of the randomisation test;
    ``adjusted`` is Holm's, for all configurations that are compared by this metric."""

    name: str
    baseline: str
    metric: str
    mean: float
    low: float | None
    high: float | None
    count: int
    wins: int
    losses: int
    p_value: float
    adjusted: float

    @property
    def verdict(self) -> str:
        """A difference is claimed only where the interval leaves out 0 and the test agrees."""
        if self.low is None or self.high is None or self.adjusted >= _ALPHA or self.low <= 0 <= self.high:
            return UNCLEAR
        return BETTER if self.mean > 0 else WORSE


def row_of(name: str, scores: Scores, whole: bool = True) -> Row:
    """Only metrics that some question has are there. Without ``whole`` the means alone, which cost nothing:
    for a run that goes on."""
    values = {one.name: _values(scores, one.name) for one in METRICS}
    made = _estimate if whole else _mean
    estimates = {name: made(name, tuple(found)) for name, found in values.items() if found}
    times = [one.seconds for one in scores.values() if not one.note]
    failed = Counter(one.failed for one in scores.values() if one.failed)
    return Row(name, len(scores), estimates, dict(failed), sum(times) / len(times) if times else None)


def against(
    baseline: tuple[str, Scores], others: Sequence[tuple[str, Scores]], metric: str
) -> list[Difference]:
    """Of each of the others that shares a question with the baseline."""
    found = [one for name, scores in others if (one := _difference(baseline, (name, scores), metric))]
    adjusted = holm([one.p_value for one in found])
    return [Difference(**{**vars(one), "adjusted": p}) for one, p in zip(found, adjusted, strict=True)]


def _values(scores: Scores, metric: str) -> list[float]:
    return [value for score in scores.values() if (value := score.figure(metric)) is not None]


def _mean(_: str, values: tuple[float, ...]) -> Estimate:
    return Estimate(sum(values) / len(values), None, None, len(values))


@lru_cache(4096)
def _estimate(metric: str, values: tuple[float, ...]) -> Estimate:
    """Remembered: the same rows are told again with each baseline and each file."""
    if BY_NAME[metric].binary:
        share = proportion(int(sum(values)), len(values))
        return Estimate(share.share, share.low, share.high, share.count)
    found = mean_interval(values)
    return Estimate(found.mean, _known(found.low), _known(found.high), found.count)


def _difference(first: tuple[str, Scores], second: tuple[str, Scores], metric: str) -> Difference | None:
    both = [
        (one, two)
        for place, score in first[1].items()
        if place in second[1]
        and (one := score.figure(metric)) is not None
        and (two := second[1][place].figure(metric)) is not None
    ]
    if not both:
        return None
    gaps = tuple(two - one for one, two in both)
    mean, low, high, p = _tested(metric, tuple(both))
    wins, losses = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    ends = _known(low), _known(high)
    return Difference(second[0], first[0], metric, mean, *ends, len(both), wins, losses, p, p)


@lru_cache(1024)
def _tested(metric: str, both: tuple[tuple[float, float], ...]) -> tuple[float, float, float, float]:
    """(difference, low, high, p)."""
    ones, twos = zip(*both, strict=True)
    if BY_NAME[metric].binary:
        found = paired([bool(one) for one in ones], [bool(two) for two in twos])
        return found.difference, found.low, found.high, found.p_value
    gaps = [two - one for one, two in both]
    interval = mean_interval(gaps)
    return interval.mean, interval.low, interval.high, randomisation(gaps)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
