"""How fast this machine computes, measured in a few milliseconds. Torch-free."""

import time
from functools import lru_cache
from statistics import median

import numpy as np


@lru_cache(maxsize=1)
def core_rate() -> float:
    """Floating-point operations a second of one core, in fp32: from a product too small to be shared between
    threads, so that it can be timed while others keep the machine busy. Takes 5 ms."""
    a = np.ones((96, 96), np.float32)
    a @ a
    return 2 * 96**3 / median(_timed(a) for _ in range(200))


def _timed(a: np.ndarray) -> float:
    begun = time.perf_counter()
    a @ a
    return time.perf_counter() - begun
