"""From the items' values to figures, as lm-evaluation-harness 0.4 pools them. NumPy only."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from pipelines.evaluation.records import Figure, Metric, Outcome
from pipelines.evaluation.results.records import Figures

PERPLEXITY = "perplexity"  # how a metric is pooled
_DRAWS = 10_000  # of the bootstrap; the harness takes ten times as many, which changes the third digit
_MOST_VALUES = 50_000_000  # drawn in all: of very many items fewer times
_SEED = 0  # the same values always have the same error


def pooled(
    outcomes: Sequence[Outcome], metrics: Sequence[Metric], even: bool
) -> tuple[Figures, dict[str, Figures]]:
    """(figures of all items, figures of each part). Where there are parts, the figure of the whole is the
    mean of theirs: by their sizes, or, ``even``, each alike."""
    parts: dict[str, list[Outcome]] = {}
    for one in outcomes:
        parts.setdefault(one.part, []).append(one)
    told = {part: _of_part(found, metrics) for part, found in parts.items()}
    if len(told) == 1:
        return next(iter(told.values())), {}
    return tuple(one for metric in metrics if (one := _over(metric, told.values(), even))), told


def _of_part(outcomes: Sequence[Outcome], metrics: Sequence[Metric]) -> Figures:
    """A metric that no item has is left out."""
    found = []
    for metric in metrics:
        having = [one.values for one in outcomes if metric.name in one.values]
        if having:
            weights = [values[metric.weight] for values in having] if metric.weight else None
            found.append(figure(metric, [values[metric.name] for values in having], weights))
    return tuple(found)


def figure(metric: Metric, values: Sequence[float], weights: Sequence[float] | None = None) -> Figure:
    """
    >>> figure(Metric("acc", ""), [1.0, 0.0, 1.0, 1.0])
    Figure(metric='acc', value=0.75, stderr=0.25, count=4)
    """
    known = np.asarray(values, np.float64)
    if metric.pooled == PERPLEXITY:
        with np.errstate(over="ignore"):  # of what no float can say it is infinite
            return Figure(metric.name, float(np.exp(-known.mean())), _bootstrapped(known), len(known))
    by = np.ones_like(known) if weights is None else np.asarray(weights, np.float64)
    return Figure(metric.name, float((by * known).sum() / by.sum()), _of_mean(known, by), len(known))


def _of_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """The sample's standard deviation over the root of their number. Of weighted ones that of a ratio of
    sums, linearised, where the harness says N/A, as it does of a single value: here NaN."""
    if len(values) < 2:
        return math.nan
    residuals = weights * (values - (weights * values).sum() / weights.sum())
    return float(math.sqrt((residuals**2).sum() * len(values) / (len(values) - 1)) / weights.sum())


def _bootstrapped(values: np.ndarray) -> float:
    """The standard deviation of the perplexities of as many items, drawn with replacement."""
    if len(values) < 2:
        return math.nan
    rng, found = np.random.default_rng(_SEED), []
    draws = max(1000, min(_DRAWS, _MOST_VALUES // len(values)))
    at_once = max(1, min(draws, 2_000_000 // len(values)))
    for start in range(0, draws, at_once):
        places = rng.integers(0, len(values), (min(at_once, draws - start), len(values)))
        found.append(np.exp(-values[places].mean(axis=1)))
    return float(np.concatenate(found).std(ddof=1))


def _over(metric: Metric, parts: Iterable[Figures], even: bool) -> Figure | None:
    found = [one for figures in parts for one in figures if one.metric == metric.name]
    if not found:
        return None
    values, errors, sizes = (
        np.array([getattr(one, name) for one in found]) for name in ("value", "stderr", "count")
    )
    weights = np.ones_like(values) if even else sizes
    value = float((values * weights).sum() / weights.sum())
    return Figure(metric.name, value, _together(errors, sizes, even), int(sizes.sum()))


def _together(errors: np.ndarray, sizes: np.ndarray, even: bool) -> float:
    """Of parts that are counted alike, the error of their mean; else by the pooled variance within them."""
    if len(errors) == 1:
        return float(errors[0])
    if even:
        return float(np.sqrt((errors**2).sum()) / len(errors))
    within = sizes.sum() - len(sizes)
    if within <= 0:
        return math.nan
    return float(np.sqrt(((sizes - 1) * errors**2 * sizes).sum() / within / sizes.sum()))
