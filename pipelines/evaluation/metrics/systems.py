"""How sure a figure is, and whether one system is better than another on the same references: by sums of
statistics over pairs that are drawn again, as sacrebleu does it. With its seed, 12345, its p-values come out.
In one thing they differ: a draw whose difference equals the one that was seen counts here as one that chance
has given. sacrebleu leaves it out, and so finds two equal systems different, and five pairs enough for any
proof.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipelines.evaluation.metrics.answers import SystemsCompared
from pipelines.evaluation.metrics.metric import TextMetric
from pipelines.evaluation.metrics.requests import BOOTSTRAP, MetricRequest

_AT_ONCE = 200  # draws in one piece of work
_ENDS = (0.025, 0.975)
_ROUNDING = 1e-9  # equal but for rounding counts as equal
Sums = Iterator[Sequence[tuple[np.ndarray, np.ndarray]]]  # of both systems, of each draw of a piece


def compared(metric: TextMetric, first: np.ndarray, second: np.ndarray, request: MetricRequest) -> Any:
    """SystemsCompared, by ``yield from``. ``first[pair, statistic]``, ``second``: of the same references."""
    one, two = _figure(metric, first.sum(0)), _figure(metric, second.sum(0))
    drawn = first, second, request.samples, request.seed
    again = yield from _differences(metric, _resampled(*drawn))
    if request.test == BOOTSTRAP:
        far = np.abs(again) - np.abs(again).mean()
    else:
        far = np.abs((yield from _differences(metric, _shuffled(*drawn))))
    as_far = far >= abs(two - one) - _ROUNDING
    p_value = (int(as_far.sum()) + 1) / (len(far) + 1)
    low, high = map(float, np.quantile(again, _ENDS))
    return SystemsCompared(one, two, two - one, low, high, p_value, request.test, request.samples)


def interval(metric: TextMetric, statistics: np.ndarray, request: MetricRequest) -> Any:
    """(low, high) of one system's figure, by the bootstrap; by ``yield from``."""
    found: list[float] = []
    for places in _places(len(statistics), request.samples, request.seed):
        found += [_figure(metric, statistics[drawn].sum(0)) for drawn in places]
        yield None
    low, high = np.quantile(found, _ENDS)
    return float(low), float(high)


def _differences(metric: TextMetric, pieces: Sums) -> Any:
    """Of each draw the second's figure minus the first's; an array, by ``yield from``."""
    found: list[float] = []
    for sums in pieces:
        found += [_figure(metric, theirs) - _figure(metric, ours) for ours, theirs in sums]
        yield None
    return np.array(found)


def _resampled(first: np.ndarray, second: np.ndarray, samples: int, seed: int) -> Sums:
    """Paired bootstrap (Koehn, 2004): the same pairs, drawn with replacement, of both."""
    for places in _places(len(first), samples, seed):
        yield [(first[drawn].sum(0), second[drawn].sum(0)) for drawn in places]


def _places(count: int, samples: int, seed: int) -> Iterator[np.ndarray]:
    """``[draw, pair]``: which pairs are drawn, with replacement, some draws at a time."""
    places = np.random.default_rng(seed).choice(count, size=(samples, count), replace=True)
    for start in range(0, samples, _AT_ONCE):
        yield places[start : start + _AT_ONCE]


def _shuffled(first: np.ndarray, second: np.ndarray, samples: int, seed: int) -> Sums:
    """Approximate randomisation (Riezler and Maxwell, 2005): of each pair the two systems change places, or
    not."""
    swaps = np.random.default_rng(seed).integers(2, size=(samples, len(first)), dtype=bool)
    for start in range(0, samples, _AT_ONCE):
        kept = swaps[start : start + _AT_ONCE].astype(np.float64)
        yield list(zip(kept @ first + (1 - kept) @ second, (1 - kept) @ first + kept @ second, strict=True))


def _figure(metric: TextMetric, sums: np.ndarray) -> float:
    return metric.whole(sums.tolist()).value
