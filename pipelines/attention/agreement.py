"""Whether two lists order the same things alike."""

import numpy as np


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation, -1 to 1; NaN where either has no order."""
    first, second = (_ranks(values) - (len(values) - 1) / 2 for values in (one, other))
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale > 0 else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    """Equal values share the mean of their ranks."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2)[which]
