import json
import shutil

import pytest

from pipelines.models.artifacts import (
    BrokenArtifactError,
    check_artifact,
    count_parameters,
    dir_size,
    read_tensors,
    weight_files,
)


@pytest.fixture
def model(tiny_llama, tmp_path):
    """A copy to damage."""
    return shutil.copytree(tiny_llama, tmp_path / "model")


@pytest.fixture
def sharded(save_tiny, tmp_path):
    return save_tiny(tmp_path / "sharded", shard="20KB")


def refused(folder, words):
    with pytest.raises(BrokenArtifactError, match=words):
        check_artifact(folder)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("shard", ["5GB", "20KB"])
@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_those_that_torch_counts(save_tiny, tmp_path, kind, shard, tied):
    from transformers import AutoModelForCausalLM

    folder = save_tiny(tmp_path / "m", kind, shard, tie_word_embeddings=tied)
    check_artifact(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert count_parameters(read_tensors(folder)) == sum(p.numel() for p in model.parameters())


def test_buffers_of_old_files_are_no_parameters():
    tensors = {"h.0.attn.bias": {"shape": [1, 1, 8, 8]}, "h.0.attn.c_attn.bias": {"shape": [24]}}
    assert count_parameters(tensors) == 24


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_a_json_file_missing_or_damaged(model, name, content):
    (model / name).unlink() if content is None else (model / name).write_text(content)
    refused(model, name)


def test_no_model_type(model):
    (model / "config.json").write_text("{}")
    refused(model, "model_type")


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_weights_cut_short(model, keep):
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    refused(model, "damaged")


def test_weights_with_a_header_that_promises_other_bytes(model):
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes() + b"x")
    refused(model, "damaged")


def test_a_header_longer_than_the_format_allows_is_not_read(model):
    (model / "model.safetensors").write_bytes(b"\xff" * 64)
    refused(model, "damaged")


def test_missing_shard_is_named(sharded):
    gone = weight_files(sharded)[1]
    gone.unlink()
    refused(sharded, gone.name)


def test_shard_without_a_tensor_that_the_index_lists(sharded):
    index = json.loads((sharded / "model.safetensors.index.json").read_text())
    index["weight_map"]["model.ghost.weight"] = next(iter(index["weight_map"].values()))
    (sharded / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(sharded, "ghost")


@pytest.mark.parametrize("shard", ["../model.safetensors", "/etc/passwd", "sub/model.safetensors"])
def test_index_cannot_name_a_file_elsewhere(sharded, shard):
    (sharded / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": shard}}))
    refused(sharded, "missing")


@pytest.mark.parametrize("index", ["{", "[]", "{}", '{"weight_map": {"w": 3}}'])
def test_damaged_index(sharded, index):
    (sharded / "model.safetensors.index.json").write_text(index)
    refused(sharded, "weight_map")


def test_a_folder_of_pickles_is_refused(model):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    refused(model, "pickled ones such as pytorch_model.bin")


def test_no_folder(tmp_path):
    refused(tmp_path / "nothing", "does not exist")


def test_dir_size_counts_what_is_under_it(tmp_path):
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_bytes(b"45")
    assert dir_size(tmp_path) == 5
