import math

import numpy as np
import pytest

from pipelines.models import minilm
from pipelines.prompting.prompt import nearest
from pipelines.prompting.prompt.builder import Builder
from pipelines.prompting.prompt.nearest import Kept, Neighbours, vectors
from pipelines.prompting.prompt.spec import PromptSpec
from tests.pipelines.prompting.prompt.items import sums

needs_minilm = pytest.mark.skipif(minilm.folder() is None, reason="MiniLM is not installed")
TEXTS = [
    "A cat sleeps on the mat.",
    "A dog barks at the moon.",
    "The kitten is napping on a rug.",
    "How many apples does Tom have?",
    "Tom has 7 apples and eats 2. How many are left?",
    "The stock market fell sharply today.",
    "Shares lost much of their value.",
    "",
    "word " * 400,
]


def random_vectors(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def table(count, seed=0):
    """Embeds ``"0"`` … as rows of a random matrix."""
    rows = random_vectors(count, seed)
    return lambda texts: rows[[int(text) for text in texts]]


def test_ranked_is_what_brute_force_finds():
    embed = table(60)
    near = Neighbours([str(i) for i in range(50)], embed)
    rows = [embed([str(i)])[0].tolist() for i in range(60)]
    for asked in range(50, 60):
        cosine = [math.fsum(a * b for a, b in zip(rows[asked], rows[i], strict=True)) for i in range(50)]
        expected = sorted(range(50), key=lambda i: -cosine[i])
        assert near.ranked(str(asked)) == expected


def test_equals_come_in_the_order_of_the_pool():
    near = Neighbours(["1", "0", "1", "2", "1", "0"], table(4))
    ranked = near.ranked("1")
    assert ranked[:3] == [0, 2, 4] and ranked.index(1) + 1 == ranked.index(5)


def test_a_vector_is_made_once_and_the_longest_unused_goes_first():
    made, embed = [], table(9)

    def make(texts):
        made.extend(texts)
        return embed(texts)

    kept = Kept(make, room=3)
    assert np.array_equal(kept(["1", "2", "1"]), embed(["1", "2", "1"])) and made == ["1", "2"]
    kept(["3"]), kept(["1"]), kept(["4"])  # 2 goes
    assert made == ["1", "2", "3", "4"]
    kept(["1", "3"]), kept(["2"])
    assert made == ["1", "2", "3", "4", "2"]
    assert np.array_equal(kept(["5", "6", "7", "8"]), embed(["5", "6", "7", "8"]))  # more than there is room
    assert len(kept([])) == 0


@pytest.fixture(scope="module")
def encoder():
    import torch

    from pipelines.models.loader import load_model

    return load_model(minilm.NAME, minilm.folder(), torch.device("cpu"))


@needs_minilm
def test_a_text_has_the_same_vector_whatever_stands_beside_it(encoder):
    together = vectors(encoder, TEXTS)
    assert together.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    alone = np.concatenate([vectors(encoder, [text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-6)
    assert np.isfinite(vectors(encoder, ["half \ud83d"])).all()


@pytest.mark.slow
@needs_minilm
def test_the_vectors_and_what_is_near_are_those_of_sentence_transformers(encoder):
    library = pytest.importorskip("sentence_transformers")
    model = library.SentenceTransformer(str(minilm.folder()), device="cpu")
    ours = vectors(encoder, TEXTS)
    assert np.allclose(ours, model.encode(TEXTS), atol=1e-5)
    near = Neighbours(TEXTS[:-1], lambda texts: vectors(encoder, texts))
    found = library.util.semantic_search(ours[:-1], ours[:-1], top_k=len(TEXTS))
    for text, hits in zip(TEXTS[:-1], found, strict=True):
        assert near.ranked(text) == [hit["corpus_id"] for hit in hits]


@needs_minilm
def test_the_builder_shows_the_nearest(encoder, monkeypatch):
    monkeypatch.setattr(nearest, "_kept", lambda: Kept(lambda texts: vectors(encoder, texts)))
    pool = sums(16)  # every fruit twice
    builder = Builder(PromptSpec(shots=1, choice="nearest"), pool)
    builder.prepare(pool)
    fruit = {item.id: item.fields["fruit"] for item in pool}
    assert all(fruit[builder.examples(item, False)[0].id] == fruit[item.id] for item in pool)


def test_without_minilm_it_says_so(monkeypatch):
    monkeypatch.setattr(minilm, "folder", lambda: None)
    nearest._kept.cache_clear()
    with pytest.raises(nearest.GlassworksError, match="not installed"):
        Builder(PromptSpec(shots=1, choice="nearest"), sums(4)).examples(sums(1)[0], False)
