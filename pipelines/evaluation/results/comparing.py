"""Two models on the same items: is one better, or was it the items? NumPy and SciPy only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.common.intervals import mean_interval
from pipelines.common.proportions import paired
from pipelines.common.randomisation import randomisation
from pipelines.core.errors import ConflictError
from pipelines.evaluation.records import Metric
from pipelines.evaluation.results.browsing import paired_items
from pipelines.evaluation.results.figures import PERPLEXITY
from pipelines.evaluation.results.records import Kept, Result
from pipelines.evaluation.results.store import ResultStore

_ALPHA = 0.05
MCNEMAR, RANDOMISATION = "McNemar, exact", "randomisation"
Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Difference:
    """The second's mean over the ``count`` items that both have, less the first's, with its interval (95 %;
    NaN where one item alone is known). ``wins`` and ``losses`` are the items on which the second did better
    or worse. Where a metric is pooled as a perplexity, the values are log-likelihoods in nats."""

    metric: Metric
    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    test: str
    wins: int
    losses: int
    count: int

    @property
    def claimed(self) -> bool:
        """Only where the interval leaves out 0 and the test agrees."""
        return self.p_value < _ALPHA and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Compared:
    """``only_first`` and ``only_second`` are how many items one alone was asked: they count nowhere."""

    first: Result
    second: Result
    count: int
    only_first: int
    only_second: int
    differences: tuple[Difference, ...]


def compared(store: ResultStore, key_a: str, key_b: str) -> Compared:
    """Raises ConflictError for results of different tasks, or without an item in common."""
    first, second = store.result(key_a), store.result(key_b)
    if first.kind != second.kind or first.task.partition("/")[0] != second.task.partition("/")[0]:
        raise ConflictError(f"{first.title} and {second.title} are different tasks: choose two of the same.")
    here, there = store.kept(key_a), store.kept(key_b)
    both = [(one, two) for one, two in paired_items(here, there) if two is not None]
    if not both:
        raise ConflictError(
            f"{first.model} and {second.model} share no item of {first.title}: ask both the same."
        )
    found = (_difference(one, both) for one in first.metrics)
    count = len(both)
    told = tuple(one for one in found if one is not None)
    return Compared(first, second, count, len(here) - count, len(there) - count, told)


def _difference(metric: Metric, both: Sequence[tuple[Kept, Kept]]) -> Difference | None:
    """None for a metric that no item has in both."""
    values = [
        (one.outcome.values[metric.name], two.outcome.values[metric.name])
        for one, two in both
        if metric.name in one.outcome.values and metric.name in two.outcome.values
    ]
    values = [pair for pair in values if all(map(math.isfinite, pair))]
    if not values:
        return None
    difference, low, high, p_value, test = _tested(values)
    sign = 1 if metric.higher_is_better or metric.pooled == PERPLEXITY else -1
    gaps = [sign * (two - one) for one, two in values]
    means = [sum(side) / len(values) for side in zip(*values, strict=True)]
    counts = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps), len(gaps)
    return Difference(metric, *means, difference, low, high, p_value, test, *counts)


def _tested(values: Pairs) -> tuple[float, float, float, float, str]:
    """(difference, low, high, p-value, name of the test)."""
    if all(value in (0.0, 1.0) for pair in values for value in pair):
        found = paired(*zip(*values, strict=True))
        return found.difference, found.low, found.high, found.p_value, MCNEMAR
    gaps = [two - one for one, two in values]
    interval = mean_interval(gaps)
    return interval.mean, interval.low, interval.high, randomisation(gaps), RANDOMISATION
