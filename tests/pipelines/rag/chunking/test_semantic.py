"""The chunker that cuts where the text turns to something else."""

import numpy as np
import pytest

from pipelines.rag.chunking.semantic import turning_points
from tests.support.chunking import chunks_of, plain_counter

TOPICS = ("The cat sleeps on a warm mat.", "Tides rise with the moon.", "Bread needs flour and salt.")


class Topics:
    """An embedder that knows the topics, and writes down what it was asked."""

    def __init__(self):
        self.asked: list[list[str]] = []

    def __call__(self, texts):
        self.asked.append(list(texts))
        counts = np.array([[text.count(topic) + 0.01 for topic in TOPICS] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_a_chunk_ends_where_the_topic_changes():
    text = " ".join([TOPICS[0]] * 7 + [TOPICS[1]] * 7 + [TOPICS[2]] * 7)
    found = chunks_of(text, plain_counter(500), Topics(), method="semantic", chunk_size=500, percentile=90)
    borders = [text.index(TOPICS[1]), text.index(TOPICS[2])]
    # A window is three sentences wide, so the distance is as large one sentence to either side.
    assert [one.overlap for one in found] == [0] * len(found)
    near = len(TOPICS[0]) + 2
    for border in borders:
        assert any(abs(one.start - border) <= near for one in found)
    topics_in = [{t for t in TOPICS if text[one.start : one.end].count(t) > 1} for one in found]
    assert all(len(topics) <= 1 for topics in topics_in)


def test_each_sentence_is_embedded_with_its_neighbours():
    embed = Topics()
    text = "One here. Two here. Three here. Four here."
    chunks_of(text, plain_counter(), embed, method="semantic")
    assert [text for texts in embed.asked for text in texts] == [
        "One here. Two here.",
        "One here. Two here. Three here.",
        "Two here. Three here. Four here.",
        "Three here. Four here.",
    ]


def test_little_is_embedded_in_a_step():
    embed = Topics()
    chunks_of("One here. " * 100, plain_counter(), embed, method="semantic")
    assert max(map(len, embed.asked)) <= 4 and sum(map(len, embed.asked)) == 100


def test_the_percentile_decides_how_often():
    rng = np.random.default_rng(0)
    text = " ".join(f"Sentence number {n}." for n in range(200))

    def embed(texts):
        vectors = rng.normal(size=(len(texts), 8))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    counts = [
        len(chunks_of(text, plain_counter(2000), embed, method="semantic", chunk_size=2000, percentile=p))
        for p in (50, 80, 95)
    ]
    assert counts == [100, 41, 11]  # of 199 distances 99, 40 and 10 are above


def test_what_is_alike_but_too_long_is_divided_with_overlap():
    text = " ".join([TOPICS[0]] * 30)
    chunks = chunks_of(text, plain_counter(), Topics(), method="semantic", chunk_size=40, chunk_overlap=12)
    assert len(chunks) > 5 and all(one.tokens <= 40 for one in chunks)
    assert all(one.overlap == len(TOPICS[0]) for one in chunks[1:])


def test_turning_points_are_above_the_percentile_not_at_it():
    assert turning_points([0.5, 0.5, 0.5], 90) == frozenset()
    assert turning_points([], 90) == frozenset()
    assert turning_points([0.1, 0.7, 0.2, 0.9], 50) == {2, 4}


def test_it_needs_an_embedder():
    with pytest.raises(ValueError, match="embed"):
        chunks_of("One. Two.", plain_counter(), method="semantic")
