"""Fetching models from a Hub on loopback."""

import json

import huggingface_hub
import pytest
from safetensors.torch import save_file
from torch import zeros

from pipelines.core.errors import NotFoundError
from pipelines.models import hub
from pipelines.models.hub import HubError, fetch, fetch_tokenizer, files_to_fetch
from tests.support.fake_hub import hub_with

LIMIT = 10_000_000


@pytest.fixture
def fake_hub(save_tiny, tmp_path, monkeypatch):
    """A Hub that has one model, with files beside it that must not be fetched; an empty cache."""
    folder = save_tiny(tmp_path / "remote")
    for name in ("pytorch_model.bin", "modeling_evil.py", "README.md", "copy.safetensors"):
        (folder / name).write_text("never fetched")
    with hub_with(folder, "owner/name") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        yield server


def test_a_model_is_fetched_without_pickles_and_code_and_only_once(fake_hub):
    folder = fetch("owner/name", LIMIT)
    got = {f.name for f in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= got
    assert not got & {"pytorch_model.bin", "modeling_evil.py", "README.md", "copy.safetensors"}
    fake_hub.asked.clear()
    assert fetch("owner/name", LIMIT) == folder
    assert fake_hub.asked == []


def test_an_adapter_is_fetched_without_what_is_not_its_own(fake_hub):
    """A pickled twin stays there, and it is only here once its base is."""
    for file in fake_hub.folder.iterdir():
        file.unlink()
    told = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "owner/base"}
    (fake_hub.folder / "adapter_config.json").write_text(json.dumps(told))
    save_file(
        {"base_model.model.q.lora_A.weight": zeros(2, 2)}, fake_hub.folder / "adapter_model.safetensors"
    )
    (fake_hub.folder / "adapter_model.bin").write_text("never fetched")
    folder = fetch("owner/name", LIMIT)
    assert {f.name for f in folder.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    fake_hub.asked.clear()
    assert fetch("owner/name", LIMIT) == folder and fake_hub.asked == []
    assert not hub.on_disk("owner/name")
    for base, here in (("owner/name", True), ("house/tales", True), ("", True)):
        (folder / "adapter_config.json").unlink()
        (folder / "adapter_config.json").write_text(json.dumps({**told, "base_model_name_or_path": base}))
        assert hub.on_disk("owner/name") is here


def test_of_an_adapter_only_pickles_are_no_model(fake_hub):
    (fake_hub.folder / "adapter_config.json").write_text("{}")
    (fake_hub.folder / "adapter_model.bin").write_text("never fetched")
    with pytest.raises(HubError, match="no safetensors weights"):
        fetch("owner/name", LIMIT)
    assert not any("resolve" in path for path in fake_hub.asked)


def test_a_model_over_the_limit_is_refused_before_its_first_byte(fake_hub):
    with pytest.raises(HubError, match="GLASSWORKS_MAX_MODELS_GB"):
        fetch("owner/name", 1000)
    assert not any("resolve" in path for path in fake_hub.asked)


def test_only_pickled_weights(fake_hub):
    (fake_hub.folder / "model.safetensors").unlink()
    with pytest.raises(HubError, match="no safetensors weights"):
        fetch("owner/name", LIMIT)
    assert not any("resolve" in path for path in fake_hub.asked)


def test_a_download_cut_short_is_taken_up_again(fake_hub):
    folder = fetch("owner/name", LIMIT)
    (folder / "model.safetensors").unlink()
    assert (fetch("owner/name", LIMIT) / "model.safetensors").is_file()


def test_a_tokenizer_comes_without_the_weights_and_only_once(fake_hub):
    folder = fetch_tokenizer("owner/name")
    got = {f.name for f in folder.iterdir()}
    assert "tokenizer.json" in got and not any(name.endswith((".safetensors", ".bin", ".py")) for name in got)
    fake_hub.asked.clear()
    assert fetch_tokenizer("owner/name") == folder
    assert fake_hub.asked == []
    assert (fetch("owner/name", LIMIT) / "model.safetensors").is_file(), "the model can still be fetched"


def test_of_a_model_that_is_here_the_tokenizer_is_too(fake_hub):
    folder = fetch("owner/name", LIMIT)
    fake_hub.asked.clear()
    assert fetch_tokenizer("owner/name") == folder and fake_hub.asked == []


def test_a_repository_without_a_tokenizer_says_what_is_read(fake_hub):
    (fake_hub.folder / "tokenizer.json").unlink()
    with pytest.raises(HubError, match=r"tokenizer\.json"):
        fetch_tokenizer("owner/name")


def test_no_such_model(fake_hub):
    with pytest.raises(NotFoundError, match="owner/name"):
        fetch("other/name", LIMIT)


def test_a_gated_model_says_what_to_do(fake_hub):
    with pytest.raises(HubError, match="HF_TOKEN"):
        fetch("gated/name", LIMIT)


def test_no_network_says_how_to_go_on(fake_hub, monkeypatch):
    fake_hub.shutdown()
    fake_hub.server_close()
    with pytest.raises(HubError, match="path:<folder>"):
        fetch("owner/name", LIMIT)


def test_offline_mode_says_the_same(fake_hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="path:<folder>"):
        fetch("owner/name", LIMIT)


def test_shards_are_fetched_only_without_the_single_file():
    index, shards = "model.safetensors.index.json", ["model-1.safetensors", "model-2.safetensors"]
    assert files_to_fetch([index, *shards, "consolidated.safetensors"]) == [index, *shards]
    assert files_to_fetch(["model.safetensors", *shards]) == ["model.safetensors"]
    assert files_to_fetch(["a/config.json", "x.py", "y.bin", "merges.txt"]) == ["merges.txt"]


def test_a_space_does_not_lend_its_token(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/space")
    assert hub._api().token is False
