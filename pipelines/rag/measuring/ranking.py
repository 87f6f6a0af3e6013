"""How good a ranking is, from which of its places are relevant. Pure; every figure is from 0 to 1, never
NaN."""

from collections.abc import Sequence
from math import log2

Flags = Sequence[bool]  # of the passages that were found, best first


def hit(flags: Flags) -> bool:
    """At least one is relevant."""
    return any(flags)


def reciprocal_rank(flags: Flags) -> float:
    """1 divided by the rank of the first relevant passage; its mean over questions is the MRR.

    >>> reciprocal_rank([False, True, True]), reciprocal_rank([False])
    (0.5, 0.0)
    """
    return next((1 / rank for rank, flag in enumerate(flags, 1) if flag), 0.0)


def ndcg(flags: Flags, relevant: int, k: int) -> float:
    """Normalised discounted cumulative gain among the first ``k`` (Järvelin and Kekäläinen 2002): a relevant
    passage at rank r counts 1 / log2(r + 1), divided by what the best order of all ``relevant`` ones of the
    collection would reach.

    >>> round(ndcg([False, True], 1, 5), 3), ndcg([True, True], 2, 2), ndcg([], 0, 5)
    (0.631, 1.0, 0.0)
    """
    best = sum(1 / log2(rank + 1) for rank in range(1, min(relevant, k) + 1))
    found = sum(1 / log2(rank + 1) for rank, flag in enumerate(flags[:k], 1) if flag)
    return min(1.0, found / best) if best else 0.0


def precision(flags: Flags) -> float:
    """Context precision: the share of what was found that is relevant.

    >>> precision([True, False]), precision([])
    (0.5, 0.0)
    """
    return sum(flags) / len(flags) if flags else 0.0
