"""Vectors in memory: filled part by part, kept as long as there is room."""

import numpy as np
import pytest

from pipelines.rag.index.matrices import Filling, Matrices, Matrix


def matrix(count, width=4):
    return Matrix(tuple(f"{at:03d}" for at in range(count)), np.ones((count, width), np.float32))


@pytest.mark.parametrize("seed", range(6))
def test_parts_in_any_order_become_rows_in_the_order_of_ids(seed):
    draw = np.random.default_rng(seed)
    ids = [f"c{at}" for at in draw.permutation(40)]
    rows = draw.normal(size=(40, 3)).astype(np.float32)
    come = draw.permutation(40)[: 40 - 5 * (seed % 2)]  # some never come
    filling = Filling(ids)
    for part in np.array_split(come, 4):
        filling.add([ids[at] for at in part], rows[part])
    made = filling.matrix()
    assert list(made.ids) == sorted(ids[at] for at in come)
    for id_, vector in zip(made.ids, made.vectors, strict=True):
        np.testing.assert_array_equal(vector, rows[ids.index(id_)])


def test_of_nothing_there_is_an_empty_one():
    assert Filling([]).matrix().vectors.shape == (0, 0) and Filling(["a"]).matrix().ids == ()


def test_only_some_rows():
    made = matrix(5).only(["003", "nobody", "001", "003"])
    assert made.ids == ("001", "003") and made.vectors.shape == (2, 4)


def test_an_index_is_built_once():
    built, some = [], matrix(3)
    for _ in range(2):
        assert some.index("graph", lambda vectors: built.append(1) or len(vectors)) == 3
    assert built == [1]


def test_another_version_is_not_the_same():
    kept = Matrices(10_000)
    kept.keep("a", 1, matrix(2))
    assert kept.get("a", 2) is None and kept.get("b", 1) is None and len(kept.get("a", 1).ids) == 2
    kept.drop("a")
    assert kept.get("a", 1) is None


def test_the_longest_unused_goes_first_and_the_last_stays():
    kept = Matrices(room=2 * 10 * 4 * 4)  # two of ten rows
    for name in "abc":
        kept.keep(name, 1, matrix(10))
        kept.get("a", 1)
    assert kept.get("a", 1) and kept.get("c", 1) and kept.get("b", 1) is None
    kept.keep("large", 1, matrix(100))
    assert kept.get("large", 1) and kept.get("a", 1) is None and kept.bytes == 100 * 4 * 4
