"""pass@k: the chance that at least one of k answers passes, estimated without bias from n ≥ k of them (Chen
et al. 2021, equation 1). Standard library only.
"""

from math import comb

KS = (1, 2, 5, 8, 10, 16, 32, 64, 100, 200)


def pass_at_k(count: int, passed: int, k: int) -> float:
    """Of ``count`` answers ``passed`` were right.

    >>> pass_at_k(5, 2, 1), pass_at_k(5, 2, 4), round(pass_at_k(5, 2, 2), 10)
    (0.4, 1.0, 0.7)
    """
    if not 0 <= passed <= count or not 1 <= k <= count:
        raise ValueError(f"{passed} of {count} answers passed, and k is {k}")
    return 1 - comb(count - passed, k) / comb(count, k)


def passes(count: int, passed: int) -> dict[str, float]:
    """``pass@1,create_test``, … for each k that so many answers allow."""
    return {f"pass@{k},create_test": pass_at_k(count, passed, k) for k in KS if k <= count}
