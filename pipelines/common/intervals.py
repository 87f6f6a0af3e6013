"""A mean with an interval around it, from the values alone. NumPy and SciPy only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
_RESAMPLES = 3000
_SEED = 0  # the same values always have the same interval


@dataclass(frozen=True)
class Interval:
    """The mean of ``count`` values and its interval; both ends are NaN where one value or none is known."""

    mean: float
    low: float
    high: float
    count: int


def mean_interval(values: Sequence[float] | np.ndarray, level: float = LEVEL) -> Interval:
    """The mean of what is finite, with a bootstrap interval (bias-corrected and accelerated: Efron, 1987). Of
    few values it comes out narrow: the true mean then lies outside more often than the level says.

    >>> mean_interval([2.0, 2.0, float("nan")])
    Interval(mean=2.0, low=2.0, high=2.0, count=2)
    """
    known = np.asarray(values, np.float64).ravel()
    known = known[np.isfinite(known)]
    if not len(known):
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, math.nan, math.nan, 1)
    if np.ptp(known) <= 1e-12 * np.abs(known).max():  # equal but for rounding: nothing to draw from
        return Interval(mean, mean, mean, len(known))
    low, high = _bootstrap(known, level)
    return Interval(mean, low, high, len(known))


def _bootstrap(values: np.ndarray, level: float) -> tuple[float, float]:
    from scipy.stats import bootstrap  # takes half a second to import: not when a page is built

    found = bootstrap(
        (values,),
        np.mean,
        confidence_level=level,
        n_resamples=_RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)
