"""Where tokens begin in a text that is measured piece by piece."""

import re

import pytest

from pipelines.rag.chunking.counting import Counter, measured
from pipelines.rag.chunking.pieces import pieces
from tests.support.chunking import chunks_of, minilm_counter, plain_counter, rough_document


def ruler_of(text, counter):
    steps = measured(text, counter)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_tokens_are_counted_as_at_once():
    """Pieces end at spaces, across which MiniLM's tokenizer knows nothing of its surroundings."""
    text = "\n\n".join(rough_document(seed).text for seed in range(60)).replace("\u200b", "")
    text = re.sub(r"\w{60,}", "word", text)
    assert len(text) > 30_000
    for counter in (minilm_counter(), plain_counter()):
        ruler, offsets = ruler_of(text, counter), counter.offsets(text)
        assert ruler.count(0, len(text)) == len(offsets)
        assert list(ruler.between(0, len(text))) == [start for start, _ in offsets]


def test_a_token_that_begins_with_a_space_begins_after_it():
    text = "one two  three"
    spaced = Counter(lambda text: [found.span() for found in re.finditer(r"\s*\w+", text)], 64)
    ruler = ruler_of(text, spaced)
    assert [ruler.begins(at) for at in (0, 3, 4, 8, 9)] == [True, False, True, False, True]
    assert ruler.count(4, 8) == 1 and ruler.before(9, 1) == 4 and ruler.before(9, 5) == 0


def test_a_word_without_spaces_is_cut_where_a_token_begins():
    pairs = Counter(lambda text: [found.span() for found in re.finditer(r"\w{1,2}", text)], 64)
    text = "天地" * 100
    chunks = chunks_of(text, pairs, method="recursive", chunk_size=16, chunk_overlap=5)
    assert len(chunks) > 5 and all(one.start % 2 == 0 for one in chunks)


@pytest.mark.parametrize("most", [7, 30, 10_000])
def test_pieces_are_all_of_the_text_but_spaces(most):
    for seed in range(20):
        text = rough_document(seed).text
        found = list(pieces(text, 0, len(text), most))
        assert all(0 < end - start <= most and not text[start].isspace() for start, end in found)
        assert "".join("".join(text[a:b] for a, b in found).split()) == "".join(text.split())
        assert [a for a, _ in found] == sorted(a for a, _ in found)
