"""Whether the mean of paired differences is 0, by changing their signs: a test without any assumption about
how they are distributed. NumPy only.
"""

from collections.abc import Sequence

import numpy as np

_EXACT = 14  # so many differences have 16,384 ways to be signed: all are tried
_DRAWS = 19_999
_SEED = 0  # the same values always have the same p-value
_AT_ONCE = 1_000  # draws in memory together


def randomisation(differences: Sequence[float]) -> float:
    """The two-sided p-value of Fisher's randomisation test (1935): the share of all ways to sign the
    differences whose mean is at least as far from 0. Exact up to 14 differences that are not 0, else by
    draws, of which the given signs count as one. Without a difference 1.

    >>> randomisation([1.0, 2.0, 3.0]), randomisation([0.0])
    (0.25, 1.0)
    """
    values = np.asarray(differences, np.float64)
    values = np.abs(values[values != 0]), abs(values.sum())
    size, seen = values
    if not len(size):
        return 1.0
    far = seen - 1e-9 * max(1.0, seen)  # equal but for rounding counts as equal
    if len(size) <= _EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(size))[:, None] >> np.arange(len(size))) & 1)
        return float((np.abs(signs @ size) >= far).mean())
    return (1 + _as_far(size, far)) / (1 + _DRAWS)


def _as_far(size: np.ndarray, far: float) -> int:
    rng, hits = np.random.default_rng(_SEED), 0
    for start in range(0, _DRAWS, _AT_ONCE):
        count = min(_AT_ONCE, _DRAWS - start)
        signs = rng.integers(0, 2, (count, len(size)), np.int8) * 2 - 1
        hits += int((np.abs(signs @ size) >= far).sum())
    return hits
