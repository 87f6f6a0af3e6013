"""Comparing with every vector, against sorting them all."""

import math

import numpy as np
import pytest

from pipelines.rag.index.exact import best, nearest


@pytest.mark.parametrize("seed", range(20))
def test_best_is_what_sorting_finds(seed):
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 6, draw.integers(1, 60)) / 5  # many equals
    for k in (0, 1, 3, len(scores), len(scores) + 5):
        expected = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:k]
        assert best(scores, k).tolist() == expected


@pytest.mark.parametrize("seed", range(5))
def test_nearest_has_the_largest_cosines(seed):
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(80, 12)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vector = rows[7] if seed % 2 else rows[0] * -1
    cosines = [math.fsum(a * b for a, b in zip(row, vector, strict=True)) for row in rows.tolist()]
    found, told = nearest(rows, vector, 9)
    assert found.tolist() == sorted(range(80), key=lambda at: -round(cosines[at], 6))[:9]
    np.testing.assert_allclose(told, [cosines[at] for at in found], atol=2e-6)


def test_of_the_same_vector_twice_the_first_comes_first():
    rows = np.eye(4, dtype=np.float32)[[2, 1, 2, 0, 2]]
    assert nearest(rows, np.eye(4, dtype=np.float32)[2], 2)[0].tolist() == [0, 2]
    assert len(nearest(rows[:0], rows[0], 3)[0]) == 0
