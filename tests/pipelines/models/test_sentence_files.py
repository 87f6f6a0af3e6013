"""What is taken for a sentence-transformers model, and what is refused."""

import json

import pytest
from safetensors.torch import save_file
from torch import zeros

from pipelines.models.artifacts import BrokenArtifactError
from pipelines.models.sentence_files import check_encoder, is_whole, module_files

ST = "sentence_transformers.models."


@pytest.fixture
def folder(tmp_path):
    """A transformer, pooling, a dense layer: files as a repository of the Hub has them."""
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "tokenizer.json").write_text("{}")
    save_file({"w": zeros(2)}, tmp_path / "model.safetensors")
    for name in ("1_Pooling", "2_Dense"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    save_file({"w": zeros(2)}, tmp_path / "2_Dense" / "model.safetensors")
    tell(
        tmp_path,
        ("", "Transformer"),
        ("1_Pooling", "Pooling"),
        ("2_Dense", "Dense"),
        ("3_Normalize", "Normalize"),
    )
    return tmp_path


def tell(folder, *modules):
    rows = [
        {"idx": at, "name": str(at), "path": path, "type": ST + kind}
        for at, (path, kind) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(rows))


def test_a_whole_one(folder):
    check_encoder(folder)
    assert is_whole(folder)


def test_a_model_without_modules_is_none(folder):
    (folder / "modules.json").unlink()
    with pytest.raises(BrokenArtifactError, match=r"no sentence-transformers model: modules\.json"):
        check_encoder(folder)
    assert not is_whole(folder)


@pytest.mark.parametrize("told", ["[]", "{}", "[3]", "not json", '[{"path": "1_Pooling"}]'])
def test_a_damaged_list_of_modules(folder, told):
    (folder / "modules.json").write_text(told)
    with pytest.raises(BrokenArtifactError):
        check_encoder(folder)


@pytest.mark.parametrize("path", ["../1_Pooling", "/etc", "1_Pooling/../..", "x", "1_a/b"])
def test_a_module_elsewhere_is_refused(folder, path):
    tell(folder, ("", "Transformer"), (path, "Pooling"))
    with pytest.raises(BrokenArtifactError, match="1_Pooling and alike"):
        check_encoder(folder)


def test_pickled_weights_of_a_module_are_refused(folder):
    (folder / "2_Dense" / "model.safetensors").unlink()
    for file in ("pytorch_model.bin", None):
        if file:
            (folder / "2_Dense" / file).write_text("pickle")
        with pytest.raises(BrokenArtifactError, match=r"2_Dense has no model\.safetensors"):
            check_encoder(folder)
    tell(folder, ("", "Transformer"), ("2_Dense", "LSTM"))
    with pytest.raises(BrokenArtifactError, match="never read"):
        check_encoder(folder)


def test_a_module_that_is_missing(folder):
    (folder / "1_Pooling" / "config.json").unlink()
    with pytest.raises(BrokenArtifactError, match=r"1_Pooling/config\.json"):
        check_encoder(folder)


def test_files_of_modules():
    names = [
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
        "2_Dense/x.bin",
        "../1_P/config.json",
        "a/config.json",
    ]
    assert module_files(names) == names[:2]
