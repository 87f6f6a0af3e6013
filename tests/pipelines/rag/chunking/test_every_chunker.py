"""What holds for any chunker, on any text, with any tokenizer."""

import numpy as np
import pytest

from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.specs import CHUNKERS
from tests.support.chunking import (
    chunks_of,
    clinging_counter,
    minilm_counter,
    plain_counter,
    rough_document,
)

COUNTERS = {"plain": plain_counter, "clinging": clinging_counter, "minilm": minilm_counter}
SIZES = ((16, 0), (24, 12), (60, 10), (64, 32), (500, 40))


def embed(texts: list[str]) -> np.ndarray:
    """Directions by the letters of a text."""
    counts = np.array([[text.count(letter) + 0.1 for letter in "abcdefgh"] for text in texts], np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def cases():
    for number, method in enumerate(CHUNKERS):
        for turn, name in enumerate(COUNTERS):
            yield pytest.param(method, COUNTERS[name](), 100 * number + 10 * turn, id=f"{method}-{name}")


@pytest.mark.parametrize(("method", "counter", "seed"), list(cases()))
def test_on_rough_texts(method, counter, seed):
    for number in range(12):
        document = rough_document(seed + number)
        size, overlap = SIZES[number % len(SIZES)]
        chunks = chunks_of(document, counter, embed, method=method, chunk_size=size, chunk_overlap=overlap)
        check(document, chunks, counter, min(size, counter.limit), overlap)


def check(document, chunks, counter, size, overlap):
    text = document.text
    assert bool(chunks) == bool(text.strip())
    covered = bytearray(len(text))
    end = 0
    for number, one in enumerate(chunks):
        piece = text[one.start : one.end]
        assert piece and piece == piece.strip()
        assert one.tokens == counter.count(piece) <= size or len(piece) == 1
        assert one.overlap == max(0, end - one.start) if number else one.overlap == 0
        assert one.start + one.overlap < one.end, "nothing of its own"
        assert counter.count(text[one.start : one.start + one.overlap]) <= min(overlap, size // 2) + 1
        assert number == 0 or (chunks[number - 1].start, chunks[number - 1].end) < (one.start, one.end)
        own = next(at for at in range(one.start + one.overlap, one.end) if not text[at].isspace())
        assert one.page == document.page_at(own)
        covered[one.start : one.end] = b"\1" * len(piece)
        end = one.end
    assert not [at for at, letter in enumerate(text) if not letter.isspace() and not covered[at]]


@pytest.mark.parametrize("method", CHUNKERS)
@pytest.mark.parametrize("text", ["", " \n\n\t ", "\u3000\n"])
def test_nothing_comes_of_nothing(method, text):
    assert chunks_of(text, plain_counter(), embed, method=method) == []


@pytest.mark.parametrize("method", CHUNKERS)
def test_a_short_text_is_one_chunk(method):
    (one,) = chunks_of("  Just this.\n", plain_counter(), embed, method=method)
    assert (one.start, one.end, one.tokens, one.overlap) == (2, 12, 3, 0)


@pytest.mark.parametrize("method", CHUNKERS)
def test_a_block_that_fits_is_whole_in_one_chunk(method):
    for seed in range(30):
        document, counter = rough_document(1000 + seed), plain_counter()
        chunks = chunks_of(document, counter, embed, method=method, chunk_size=40, chunk_overlap=15)
        blocks = [m for m in document.marks if m.kind == "block"]
        for block in blocks:
            if counter.count(document.text[block.start : block.end]) <= 40:
                assert any(c.start <= block.start and block.end <= c.end for c in chunks), (seed, block)


@pytest.mark.parametrize("method", ["fixed", "recursive", "headings"])
def test_nothing_is_repeated_from_within_a_block(method):
    code = "\n".join(f"line_{n} = {n}" for n in range(6))
    text = f"{'Some words come first. ' * 6}\n\n{code}\n\n{'And some words come last. ' * 6}"
    start = text.index(code)
    document = Document("x", "text", "x", text, (Mark("block", start, start + len(code)),))
    chunks = chunks_of(document, plain_counter(), method=method, chunk_size=44, chunk_overlap=10)
    assert not [c for c in chunks if start < c.start < start + len(code)]
