"""Any sentence-transformers model: its vectors are those that the library makes of it."""

import json
import shutil
import warnings

import huggingface_hub
import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.rag.embedding.encoder import open_encoder
from tests.support.fake_hub import hub_with
from tests.support.sentence_encoders import save_encoder

TEXTS = ["a crab", "the moon and the tide", "", "sand " * 60]
PROMPTS = {"query": "ask: ", "document": "tell: "}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("encoder"), PROMPTS)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, device="cpu")


@pytest.fixture
def copied(folder, tmp_path):
    """A copy that may be spoilt."""
    return shutil.copytree(folder, tmp_path / "copy")


def test_vectors_prompts_and_limits_are_the_models_own(folder, settings):
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(folder), device="cpu")
    encoder = open_encoder(f"path:{folder}", settings)
    assert (encoder.name, encoder.limit, encoder.dimension) == (f"path:{folder}", 46, 12)
    made = encoder.embed(TEXTS)
    np.testing.assert_allclose(made, library.encode_document(TEXTS), atol=1e-5)
    np.testing.assert_allclose(
        made, library.encode([f"tell: {text}" for text in TEXTS], prompt=""), atol=1e-5
    )
    np.testing.assert_allclose(encoder.embed_query("a crab"), library.encode_query("a crab"), atol=1e-5)
    assert np.abs(encoder.embed_query("a crab") - made[0]).max() > 1e-3
    assert made.dtype == np.float32 and encoder.embed([]).shape == (0, 12)


def test_vectors_have_length_1_whatever_its_modules_say(copied, settings):
    modules = json.loads((copied / "modules.json").read_text())
    (copied / "modules.json").write_text(json.dumps(modules[:-1]))  # without Normalize
    encoder = open_encoder(f"path:{copied}", settings)
    np.testing.assert_allclose(np.linalg.norm(encoder.embed(TEXTS), axis=1), 1, atol=1e-5)


def test_offsets_are_of_the_whole_text(folder, settings, caplog):
    encoder = open_encoder(f"path:{folder}", settings)
    caplog.clear()
    text = "sand \ud83d and sea " * 50
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ends = encoder.offsets(text)
    assert len(ends) == 550 and ends[-1][1] == len(text.rstrip())
    assert not caplog.records


def test_its_own_code_is_refused(copied, settings):
    modules = json.loads((copied / "modules.json").read_text())
    modules[1]["type"] = "modeling_mine.Pooling"
    (copied / "modules.json").write_text(json.dumps(modules))
    (copied / "modeling_mine.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(BrokenArtifactError, match="code of its own"):
        open_encoder(f"path:{copied}", settings)


@pytest.mark.parametrize(
    "name", ["", "MiniLM", "house/minilm-qa", "run/0b4xk2m9qwer", "endpoint:here", "../x", "path:", "a/b/c"]
)
def test_a_name_of_another_kind_is_told_what_is_accepted(name, settings):
    with pytest.raises(SpecError, match=r"embedder accepts a sentence-transformers model"):
        open_encoder(name, settings)


def test_one_of_the_hub_is_fetched_whole_and_once(folder, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    remote = shutil.copytree(folder, tmp_path / "remote")
    (remote / "2_Dense" / "pytorch_model.bin").write_text("never fetched")
    (remote / "custom.py").write_text("never fetched")
    with hub_with(remote, "owner/encoder") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        found = open_encoder("owner/encoder", settings)
        told = [path for path in hub.asked if "/resolve/" in path]
        assert not [path for path in told if path.endswith((".bin", ".py"))]
        hub.asked.clear()
        again = open_encoder("owner/encoder", settings)
        assert hub.asked == []
    expected = open_encoder(f"path:{folder}", settings).embed(TEXTS)
    for encoder in (found, again):
        np.testing.assert_allclose(encoder.embed(TEXTS), expected, atol=1e-6)
