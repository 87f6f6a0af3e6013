import numpy as np
import pytest


@pytest.fixture
def some_vectors():
    """``some_vectors(count, seed)`` → (ids, ``[id, 16]`` of length 1) in clusters, a few of them twice."""

    def made(count, seed=0, width=16):
        draw = np.random.default_rng(seed)
        centres = draw.normal(size=(max(1, count // 12), width))
        rows = centres[draw.integers(0, len(centres), count)] + 0.5 * draw.normal(size=(count, width))
        rows[draw.integers(0, count, count // 20)] = rows[0]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return [f"c{at:05d}" for at in draw.permutation(count)], rows.astype(np.float32)

    return made
