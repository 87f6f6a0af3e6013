"""Sequences of words as numbers, by which texts are compared for being nearly the same. Pure."""

import zlib
from collections.abc import Sequence

import numpy as np

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads the bits


def window_hashes(words: Sequence[str], size: int) -> np.ndarray:
    """hashes[window], 32 bits each in uint64, ascending: the different sequences of ``size`` of the words,
    one or more; of fewer words, one of all of them.

    >>> len(window_hashes("a b a b a".split(), 2)), len(window_hashes(["a"], 5))
    (2, 1)
    """
    hashes = np.fromiter(
        (zlib.crc32(word.encode("utf-8", "replace")) for word in words), np.uint64, len(words)
    )
    size = min(size, len(hashes))
    windows = len(hashes) - size + 1
    mixed = np.zeros(windows, np.uint64)
    for k in range(size):  # a polynomial in the words, so that their order counts
        mixed = mixed * _MULTIPLIER + hashes[k : k + windows]
    mixed ^= mixed >> np.uint64(31)
    mixed *= _MULTIPLIER
    return np.unique(mixed >> np.uint64(32))
