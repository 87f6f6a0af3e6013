"""Search that compares with every vector. Pure; NumPy only."""

import numpy as np

_DIGITS = 6  # of a cosine that are compared: the rest is rounding


def nearest(matrix: np.ndarray, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` rows of ``matrix`` ``[n, d]`` with the largest cosine to ``vector`` ``[d]``, all of length 1:
    (rows, cosines), the best first. Of equals the first row comes first.

    >>> nearest(np.eye(3, dtype=np.float32), np.float32([0, 1, 0]), 2)[0].tolist()
    [1, 0]
    """
    cosines = rounded(matrix @ vector)
    rows = best(cosines, k)
    return rows, cosines[rows]


def rounded(cosines: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(cosines, np.float64), _DIGITS)


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """Places of the ``k`` largest of ``scores`` ``[n]``, the largest first, of equals the first one."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, np.int64)
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    places = np.flatnonzero(scores >= least)  # in order, with all that are as good as the last
    return places[np.argsort(-scores[places], kind="stable")][:k]
