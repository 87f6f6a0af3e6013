"""The figures above each column, counted by hand and by another way."""

import random

import numpy as np
import pytest

from app.rag.chunkers_numbers import histogram, numbers_of
from pipelines.common.sentences import sentences_of
from pipelines.rag.answers import ChunkedBy
from tests.support.chunking import ChunkRag, ChunkSpec, rough_document


def done(*bounds, repeated=0) -> ChunkedBy:
    rows = np.array(bounds, np.int64).reshape(-1, 4)
    return ChunkedBy(0, rows, ("",) * len(rows), 64, 0.5, repeated)


def test_by_hand():
    found = numbers_of(
        done((0, 9, 3, 0), (6, 20, 6, 3), (21, 30, 12, 0), repeated=7), [(0, 9), (10, 20), (15, 25)]
    )
    assert (found.chunks, found.mean, found.median, found.least, found.most) == (3, 7.0, 6.0, 3, 12)
    assert (
        found.cut == pytest.approx(1 / 3) and found.repeated == pytest.approx(7 / 21) and found.seconds == 0.5
    )


def test_nothing():
    found = numbers_of(done(), [])
    assert (found.chunks, found.mean, found.cut, found.repeated) == (0, 0.0, 0.0, 0.0)


def test_a_sentence_is_cut_if_no_chunk_holds_it():
    for seed in range(20):
        text = rough_document(seed).text
        overlap = random.Random(seed).choice((0, 12))
        (one,) = ChunkRag().chunked(text, "x", [ChunkSpec("fixed", 24, overlap)])
        sentences = sentences_of(text)
        held = [any(a <= start and end <= b for a, b, *_ in one.bounds) for start, end in sentences]
        assert numbers_of(one, sentences).cut == pytest.approx(1 - np.mean(held) if held else 0)


def test_the_sentence_chunker_cuts_none():
    text = "Some words stand here. And some more there. " * 10
    (one,) = ChunkRag().chunked(text, "x", [ChunkSpec("sentences", 30, 10)])
    assert numbers_of(one, sentences_of(text)).cut == 0


def test_every_size_is_in_one_bar():
    assert histogram(np.array([1, 1, 50, 100]), 100, 4) == [2, 1, 0, 1]
    sizes = np.random.default_rng(0).integers(1, 181, 500)
    assert sum(histogram(sizes, 180, 24)) == 500
    assert histogram(np.array([], np.int64), 180, 3) == [0, 0, 0]
