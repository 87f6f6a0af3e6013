"""A long document is cut in small steps, whatever it is made of."""

import numpy as np
import pytest

from pipelines.common.sentences import sentences_of
from pipelines.rag.chunking import boundaries
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.cut import cut
from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.specs import CHUNKERS, ChunkSpec
from tests.support.chunking import plain_counter

LETTERS = 90_000
TEXTS = {
    "prose": "This is a sentence of some words. " * (LETTERS // 34),
    "one line": "word " * (LETTERS // 5),
    "one word": "x" * LETTERS,
    "lines": "a line\n" * (LETTERS // 7),
    "paragraphs": "a\n\n" * (LETTERS // 3),
    "spaces": "a" + " " * LETTERS + "b",
    "Chinese": "天地玄黄。" * (LETTERS // 5),
    "nothing to see": "\u200b" * LETTERS,
}


class Watched:
    """Notes how much is tokenized, searched for sentences and embedded between two steps."""

    def __init__(self, monkeypatch):
        self.now = self.most = 0
        inner = plain_counter(254)
        self.counter = Counter(lambda text: self.saw(text) or inner.offsets(text), 254)
        plain = boundaries.sentences_of
        monkeypatch.setattr(boundaries, "sentences_of", lambda text: self.saw(text) or plain(text))

    def saw(self, text: str) -> None:
        self.now += len(text)
        self.most = max(self.most, self.now)

    def embed(self, texts):
        for text in texts:
            self.saw(text)
        return np.ones((len(texts), 2), np.float32) / np.sqrt(2)


@pytest.mark.parametrize("method", CHUNKERS)
@pytest.mark.parametrize("name", TEXTS)
def test_each_step_reads_little(monkeypatch, name, method):
    watched = Watched(monkeypatch)
    text = TEXTS[name]
    found = steps = 0
    for step in cut(
        Document("x", "text", "x", text), ChunkSpec(method=method), watched.counter, watched.embed
    ):
        watched.now, steps = 0, steps + 1
        found += step is not None
    assert watched.most <= 60_000
    assert steps - found >= 6 and found >= 1


def test_many_headings_and_pages():
    text = "Head\n\n" * 20_000
    heads = [Mark("heading", 6 * n, 6 * n + 4, "Head", 1 + n % 3) for n in range(20_000)]
    pages = [Mark("page", 6 * n, 6 * n + 6, str(n + 1)) for n in range(20_000)]
    document = Document("x", "text", "x", text, (*heads, *pages), 20_000)
    chunks = [one for one in cut(document, ChunkSpec(method="headings"), plain_counter(254)) if one]
    assert all(one.heading.startswith("Head") for one in chunks)
    assert [one.page for one in chunks] == [one.start // 6 + 1 for one in chunks]


@pytest.mark.parametrize("tokens", [lambda text: [], lambda text: [(0, len(text))]], ids=["none", "one"])
def test_a_long_stretch_of_few_tokens_makes_no_endless_chunk(tokens):
    document = Document("x", "text", "x", TEXTS["one word"])
    chunks = [one for one in cut(document, ChunkSpec(), Counter(tokens, 254)) if one]
    assert max(one.end - one.start for one in chunks) <= 64 * 181


def test_a_sentence_that_goes_on_over_a_stretch_is_one():
    text = " ".join(f"This is sentence number {n} of many more of them." for n in range(2000))
    starts = {start for start, _ in sentences_of(text)}
    spec = ChunkSpec("sentences", 40, 0)
    chunks = [one for one in cut(Document("x", "text", "x", text), spec, plain_counter()) if one]
    assert {one.start for one in chunks} <= starts and len(text) > 80_000
