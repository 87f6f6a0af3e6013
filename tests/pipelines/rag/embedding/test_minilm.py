"""MiniLM's vectors against those of sentence-transformers, and what a text's vector may depend on."""

import warnings

import numpy as np
import pytest
import torch

from pipelines.core.settings import Settings
from pipelines.models import minilm
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.embedding.minilm import MiniLM, _batches

pytestmark = pytest.mark.skipif(minilm.folder() is None, reason="MiniLM's package is not installed")

TEXTS = [
    "A cat sleeps on the mat.",
    "The kitten is napping on a rug.",
    "Shares lost much of their value.",
    "",
    "Wo ist die Bibliothek? 図書館はどこですか。",
    "The stock market fell sharply today, and nobody knows why it did so. " * 9,
    "word " * 400,
    "\n\t  <b>tags</b> & emoji 🦀🌊",
]


@pytest.fixture(scope="module")
def plain():
    return MiniLM(minilm.folder(), torch.float32)


@pytest.fixture(scope="module")
def library():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(minilm.folder()), device="cpu")


@pytest.fixture(scope="module")
def theirs(library):
    return library.encode(TEXTS)


def test_in_fp32_they_are_the_librarys(plain, theirs):
    np.testing.assert_allclose(plain.embed(TEXTS), theirs, atol=1e-5)


def test_in_bf16_they_are_near_and_the_nearest_are_the_same(theirs):
    ours = MiniLM(minilm.folder(), torch.bfloat16).embed(TEXTS)
    assert (ours * theirs).sum(1).min() > 0.9998
    first = [np.argsort(-(rows @ rows.T), axis=1)[:, :2].tolist() for rows in (ours, theirs)]
    assert first[0] == first[1]


def test_limit_and_dimension_are_the_librarys(plain, library):
    special = library.tokenizer.num_special_tokens_to_add()
    assert plain.limit == library.max_seq_length - special == 254
    assert plain.dimension == library.get_embedding_dimension()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_vector_is_float32_of_length_1(dtype):
    made = MiniLM(minilm.folder(), dtype).embed(TEXTS)
    assert made.dtype == np.float32 and made.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)


def test_order_and_neighbours_do_not_matter(plain):
    order = np.random.default_rng(3).permutation(len(TEXTS))
    together = plain.embed(TEXTS)
    np.testing.assert_allclose(plain.embed([TEXTS[at] for at in order]), together[order], atol=1e-6)
    np.testing.assert_allclose(np.stack([plain.embed_query(text) for text in TEXTS]), together, atol=1e-6)
    assert plain.embed([]).shape == (0, 384)


def test_what_is_longer_counts_by_its_beginning(plain):
    text = "tide and moon " * 200
    ends = plain.offsets(text)
    assert len(ends) == 600  # all of it, and nobody is warned
    read = text[: ends[plain.limit - 1][1]]
    np.testing.assert_allclose(plain.embed_query(text), plain.embed_query(read), atol=1e-6)
    shorter = text[: ends[plain.limit - 2][1]]
    assert np.abs(plain.embed_query(text) - plain.embed_query(shorter)).max() > 1e-5


def test_offsets_are_of_the_text(plain, library, caplog):
    for text in (*TEXTS, "Don't stop\ud83d now 犬が", "word " * 3000):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ends = plain.offsets(text)
        if text.isascii():
            told = library.tokenizer(
                text, return_offsets_mapping=True, add_special_tokens=False, verbose=False
            )
            assert ends == told["offset_mapping"]
        assert all(0 <= start <= end <= len(text) for start, end in ends)
    assert not caplog.records


def test_half_characters_do_no_harm(plain):
    assert np.isfinite(plain.embed(["half \ud83d", "\udc00"])).all()


@pytest.mark.parametrize("seed", range(5))
def test_batches_hold_every_place_once_within_the_room(seed):
    draw = np.random.default_rng(seed)
    lengths = draw.integers(2, 256, draw.integers(1, 200)).tolist()
    made = list(_batches(lengths))
    assert sorted(place for batch in made for place in batch) == list(range(len(lengths)))
    assert all(sum(lengths[place] for place in batch) <= 1600 for batch in made)
    along = [lengths[place] for batch in made for place in batch]
    assert along == sorted(along)


def test_it_is_the_default_and_needs_no_network(tmp_path):
    encoder = open_encoder(minilm.NAME, Settings(home=tmp_path, device="cpu"))
    assert isinstance(encoder, MiniLM) and encoder.name == minilm.NAME


def test_other_weights_under_its_name_are_refused(tmp_path, monkeypatch):
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(minilm.folder(), folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-4] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    monkeypatch.setattr(minilm, "folder", lambda: folder)
    with pytest.raises(BrokenArtifactError, match="not those that were published"):
        open_encoder(minilm.NAME, Settings(home=tmp_path, device="cpu"))
