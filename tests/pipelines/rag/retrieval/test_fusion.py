"""Fusion by scores and by ranks: cases counted by hand, and identities over random rankings."""

import random

import pytest

from pipelines.rag.retrieval.fusion import reciprocal_rank, scaled, weighted
from pipelines.rag.retrieval.ranking import Ranking, best_of, ranked, union


def drawn(rng: random.Random, ids: str = "abcdefghij") -> Ranking:
    chosen = rng.sample(ids, rng.randint(0, len(ids)))
    return ranked({one: rng.choice([0.5, 1.0, 2.0, rng.random()]) for one in chosen})


def test_weighted_by_hand():
    bm25 = {"a": 10.0, "b": 6.0, "c": 2.0}
    dense = {"c": 0.9, "a": 0.5, "d": 0.1}
    found = weighted(bm25, dense, 0.25)
    # scaled BM25: a 1, b .5, c 0, d 0 (not found); scaled cosine: c 1, a .5, d 0, b 0
    assert found.by_id() == pytest.approx({"a": 0.875, "b": 0.375, "c": 0.25, "d": 0.0})
    assert found.ids == ("a", "b", "c", "d")


def test_weights_at_the_ends_are_one_retriever_alone():
    rng = random.Random(0)
    for _ in range(100):
        bm25, dense = drawn(rng), drawn(rng)
        words = weighted(bm25.by_id(), dense.by_id(), 0.0)
        meaning = weighted(bm25.by_id(), dense.by_id(), 1.0)
        for fused, alone in ((words, bm25), (meaning, dense)):
            mine = fused.by_id()
            assert all(mine[one] >= mine[two] for one, two in zip(alone.ids, alone.ids[1:], strict=False))


def test_weighted_does_not_care_for_the_measure_of_a_retriever():
    rng = random.Random(1)
    for _ in range(50):
        bm25, dense = drawn(rng).by_id(), drawn(rng).by_id()
        stretched = {one: 7 * score - 3 for one, score in bm25.items()}
        assert weighted(bm25, dense, 0.3).by_id() == pytest.approx(weighted(stretched, dense, 0.3).by_id())


def test_reciprocal_rank_by_hand():
    found = reciprocal_rank((Ranking(("a", "b"), (5.0, 4.0)), Ranking(("b", "c"), (0.9, 0.8))), 60)
    assert found.ids == ("b", "a", "c")
    assert found.scores == pytest.approx((1 / 62 + 1 / 61, 1 / 61, 1 / 62))


def test_reciprocal_rank_against_counting():
    rng = random.Random(2)
    for _ in range(100):
        lists = (drawn(rng), drawn(rng), drawn(rng))
        k = rng.randint(1, 100)
        expected = {
            one: sum(1 / (k + r.ids.index(one) + 1) for r in lists if one in r.ids)
            for one in union(*(r.ids for r in lists))
        }
        found = reciprocal_rank(lists, k)
        assert found.by_id() == pytest.approx(expected)
        assert list(found.scores) == sorted(found.scores, reverse=True)


def test_equal_scores_keep_the_order_in_which_they_came():
    assert ranked({"z": 1.0, "a": 1.0, "m": 2.0}).ids == ("m", "z", "a")
    tie = reciprocal_rank((Ranking(("x",), (1.0,)), Ranking(("y",), (1.0,))), 60)
    assert tie.ids == ("x", "y")


def test_scaled_ends_at_0_and_1_and_knows_equals():
    assert scaled({"a": -2.0, "b": 2.0, "c": 0.0}) == {"a": 0.0, "b": 1.0, "c": 0.5}
    assert scaled({"a": 3.0, "b": 3.0}) == {"a": 1.0, "b": 1.0}
    assert scaled({"a": 0.0, "b": 0.0}) == {"a": 0.0, "b": 0.0}, "no word in common is no merit"
    assert scaled({}) == {}


def test_nothing_found_is_nothing_fused():
    assert not len(weighted({}, {}, 0.5)) and not len(reciprocal_rank((Ranking(), Ranking()), 60))


def test_best_of_takes_each_chunks_best():
    rng = random.Random(3)
    for _ in range(50):
        lists = [drawn(rng) for _ in range(3)]
        best = best_of(lists).by_id()
        assert best == {
            one: max(r.by_id()[one] for r in lists if one in r.ids) for r in lists for one in r.ids
        }
