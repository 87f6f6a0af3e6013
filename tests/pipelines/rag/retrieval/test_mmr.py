"""MMR against a plain double loop, and what it must do at its ends."""

import numpy as np

from pipelines.rag.retrieval.mmr import mmr


def unit(rng: np.random.Generator, count: int, wide: int = 8) -> np.ndarray:
    vectors = rng.standard_normal((count, wide))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def plain(relevance: np.ndarray, vectors: np.ndarray, share: float, count: int) -> list[int]:
    """As Carbonell and Goldstein write it, over relevance scaled to 0…1."""
    span = np.ptp(relevance)
    scaled = (relevance - relevance.min()) / span if span > 0 else np.ones(len(relevance))
    taken: list[int] = []
    while len(taken) < min(count, len(relevance)):
        best, value = -1, -np.inf
        for at in range(len(relevance)):
            if at in taken:
                continue
            nearest = max((float(vectors[at] @ vectors[other]) for other in taken), default=0.0)
            here = share * scaled[at] - (1 - share) * nearest
            if here > value + 1e-12:
                best, value = at, here
        taken.append(best)
    return taken


def test_against_a_plain_loop():
    rng = np.random.default_rng(0)
    for _ in range(60):
        count = int(rng.integers(1, 14))
        vectors, relevance = unit(rng, count), rng.random(count)
        share = float(rng.choice([0.0, 0.3, 0.5, 0.8, 1.0]))
        wanted = int(rng.integers(1, 16))
        assert mmr(relevance, vectors, share, wanted)[0] == plain(relevance, vectors, share, wanted)


def test_all_relevance_is_the_order_by_relevance():
    rng = np.random.default_rng(1)
    relevance = rng.random(20)
    assert mmr(relevance, unit(rng, 20), 1.0, 20)[0] == np.argsort(-relevance, kind="stable").tolist()


def test_none_is_taken_twice_and_count_is_respected():
    rng = np.random.default_rng(2)
    for count in (0, 1, 3, 50):
        taken, values = mmr(rng.random(10), unit(rng, 10), 0.4, count)
        assert len(taken) == len(set(taken)) == len(values) == min(count, 10)


def test_a_copy_of_the_first_waits_behind_what_differs():
    first, other = [1.0, 0.0], [0.0, 1.0]
    taken, values = mmr([1.0, 0.99, 0.2, 0.0], np.array([first, first, other, first]), 0.5, 2)
    assert taken == [0, 2] and values[0] == 0.5 and values[1] == 0.1


def test_equal_candidates_keep_their_order():
    assert mmr([0.5, 0.5, 0.5], np.ones((3, 2)) / np.sqrt(2), 0.7, 3)[0] == [0, 1, 2]


def test_nothing_to_choose_from():
    assert mmr([], np.zeros((0, 4)), 0.5, 5) == ([], [])
