"""Maximal marginal relevance: passages that matter and differ. NumPy only; pure."""

from collections.abc import Sequence

import numpy as np


def mmr(
    relevance: Sequence[float], vectors: np.ndarray, share: float, count: int
) -> tuple[list[int], list[float]]:
    """The places of ``count`` candidates in the order in which they are taken, each with the value that it
    was taken for: ``share`` × relevance − (1 − share) × its greatest cosine with one that was taken before.
    ``relevance`` is scaled here to 0…1, which is about what cosines of one collection span; ``vectors`` is
    ``[candidate, d]``, of unit length. Equal values: the earlier candidate.

    Carbonell and Goldstein, "The Use of MMR" (1998). Their λ is ``share``: 1 is relevance alone.

    >>> same, other = [1.0, 0.0], [0.0, 1.0]
    >>> mmr([1.0, 0.9, 0.0], np.array([same, same, other]), 0.5, 2)[0]
    [0, 2]
    """
    if not len(relevance):
        return [], []
    wanted = share * _unit(np.asarray(relevance, np.float64))
    vectors = np.asarray(vectors, np.float64)
    nearest = np.full(len(wanted), -np.inf)  # greatest cosine with what was taken
    free = np.ones(len(wanted), bool)
    taken: list[int] = []
    values: list[float] = []
    for _ in range(min(count, len(wanted))):
        penalty = 0.0 if not taken else (1 - share) * nearest
        value = np.where(free, wanted - penalty, -np.inf)
        at = int(np.argmax(value))
        taken.append(at)
        values.append(float(value[at]))
        free[at] = False
        nearest = np.maximum(nearest, vectors @ vectors[at])
    return taken, values


def _unit(values: np.ndarray) -> np.ndarray:
    span = np.ptp(values)
    return (values - values.min()) / span if span > 0 else np.ones(len(values))
