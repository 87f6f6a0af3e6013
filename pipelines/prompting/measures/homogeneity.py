"""Whether several shares are one and the same, tested: of different items (chi-square) and of the same items
(Cochran's Q). Where counts are too small for the chi-square distribution, by the distribution that the counts
themselves have if nothing makes a difference (exact but for the number of draws).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_DRAWS = 9_999
_SEED = 0  # the same counts always have the same p-value
_FEW = 5  # Cochran's rule for chi-square: no expected count below
_SMALL_TABLE = 24  # Tate and Brown (1970) for Q: this many cells in rows that differ within


@dataclass(frozen=True)
class Homogeneity:
    """``method`` is ``chi-square``, ``Cochran's Q``, or one of them ``, drawn``; ``none`` where there is
    nothing to compare, and then the p-value is NaN."""

    method: str
    statistic: float
    p_value: float


NOTHING = Homogeneity("none", float("nan"), float("nan"))


def chi_square(hits: Sequence[int], counts: Sequence[int]) -> Homogeneity:
    """Shares ``hits`` of ``counts`` in groups of different items.

    >>> found = chi_square([30, 10], [50, 50])
    >>> found.method, round(found.statistic, 3), round(found.p_value, 5)
    ('chi-square', 16.667, 4e-05)
    """
    right, tried = (np.asarray(values, int) for values in (hits, counts))
    right, tried = right[tried > 0], tried[tried > 0]
    if len(tried) < 2:
        return NOTHING
    statistic = float(_chi_square(right, tried))
    share = right.sum() / tried.sum()
    if (tried * min(share, 1 - share)).min() >= _FEW:
        return Homogeneity("chi-square", statistic, _tail(statistic, len(tried) - 1))
    rng = np.random.default_rng(_SEED)
    drawn = rng.multivariate_hypergeometric(tried, int(right.sum()), size=_DRAWS)
    return Homogeneity("chi-square, drawn", statistic, _beyond(_chi_square(drawn, tried), statistic))


def cochran(rights: np.ndarray) -> Homogeneity:
    """``rights[item, condition]``: the same items under each condition (Cochran, 1950). Of two conditions Q
    is McNemar's statistic.

    >>> round(cochran(np.array([[1, 1, 0]] * 6 + [[0, 1, 0]] * 6)).statistic, 3)
    18.0
    """
    table = np.asarray(rights, bool)
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < 2:
        return NOTHING
    statistic = float(_q(table.sum(0), table))
    mixed = table[(table.sum(1) > 0) & (table.sum(1) < table.shape[1])]
    if mixed.size >= _SMALL_TABLE:
        return Homogeneity("Cochran's Q", statistic, _tail(statistic, table.shape[1] - 1))
    columns = permuted_columns(mixed, _DRAWS)
    return Homogeneity("Cochran's Q, drawn", statistic, _beyond(_q(columns, mixed), statistic))


def permuted_columns(table: np.ndarray, draws: int) -> np.ndarray:
    """[draw, condition]: the column sums when each row's values are dealt out anew, as often as ``draws``."""
    rng, rows = np.random.default_rng(_SEED), np.asarray(table, np.int8)
    chunk = max(1, 1_000_000 // max(1, rows.size))
    sums = [
        rng.permuted(np.broadcast_to(rows, (min(chunk, draws - done), *rows.shape)), axis=2).sum(1)
        for done in range(0, draws, chunk)
    ]
    return np.concatenate(sums)


def _chi_square(hits: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Along the last axis; 0 where all are right or none."""
    share = hits.sum(-1, keepdims=True) / counts.sum()
    spread = counts * share * (1 - share)
    gaps = (hits - counts * share) ** 2
    return np.divide(
        gaps, spread, out=np.zeros(np.broadcast_shapes(gaps.shape, spread.shape)), where=spread > 0
    ).sum(-1)


def _q(columns: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Cochran's Q from column sums along the last axis; 0 where no row differs within."""
    width, rows = table.shape[1], table.sum(1)
    below = width * rows.sum() - (rows**2).sum()
    above = (width - 1) * (width * (columns**2).sum(-1) - columns.sum(-1) ** 2)
    return above / below if below else np.zeros(np.shape(above))


def _tail(statistic: float, freedom: int) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(statistic, freedom))


def _beyond(drawn: np.ndarray, statistic: float) -> float:
    """The share of draws at least as extreme, the observed one among them: never 0."""
    return float((1 + (drawn >= statistic - 1e-9).sum()) / (1 + len(drawn)))
