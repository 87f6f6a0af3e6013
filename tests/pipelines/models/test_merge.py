import json
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM

from pipelines.core.errors import GlassworksError
from pipelines.models.artifacts import check_artifact, is_adapter
from pipelines.models.loader import load_model
from pipelines.models.merge import merge
from tests.support.adapters import METHODS, save_adapter, wrap

CPU = torch.device("cpu")
IDS = torch.arange(5, 29)[None]


@pytest.fixture
def made(catalogue, settings, save_tiny, add_run):
    """``made(method, **given)`` → the adapted model; it is ``run/0b4xk2m9qwer``, its base ``house/base``."""
    base = save_tiny(settings.house_models / "base", tie_word_embeddings=True)

    def make(method="lora", **given):
        wrapped = wrap(AutoModelForCausalLM.from_pretrained(base), "llama", method, **given)
        folder = save_adapter(wrapped, add_run("0b4xk2m9qwer").artifact, "house/base", base)
        (folder / "glassworks.json").write_text(json.dumps({"name": "Crab", "parent": "house/base"}))
        return wrapped

    return make


@pytest.mark.parametrize(
    ("method", "given"), [(m, {}) for m in METHODS] + [("lora", {"target_modules": ["q_proj", "lm_head"]})]
)
def test_the_merged_folder_is_a_model_of_its_own(catalogue, made, tmp_path, method, given):
    wrapped = made(method, **given)
    merge(catalogue, "run/0b4xk2m9qwer", tmp_path / "m")
    check_artifact(tmp_path / "m")
    entry = catalogue.get(f"path:{tmp_path / 'm'}")
    assert not is_adapter(entry.path) and entry.adapter_of == "" and entry.title == "Crab, merged"
    assert entry.lineage["parent"] == "run/0b4xk2m9qwer"
    assert "`house/base` with the adapter `run/0b4xk2m9qwer`" in (entry.path / "README.md").read_text()
    loaded = load_model(entry.name, entry.path, CPU)
    with torch.inference_mode():
        there, here = wrapped(IDS).logits, loaded.model(IDS).logits
    assert float((there - here).abs().max()) < 0.05 * float(there.abs().max())


def test_what_is_whole_is_not_merged(catalogue, made, tmp_path):
    made()
    with pytest.raises(GlassworksError, match="whole model already"):
        merge(catalogue, "house/base", tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_copy_that_computes_something_else_leaves_nothing(catalogue, made, tmp_path, monkeypatch):
    from pipelines.models import merge as module

    made()
    write = module.write_model

    def other(folder, model, tokenizer):
        write(folder, catalogue_base(catalogue), tokenizer)

    monkeypatch.setattr(module, "write_model", other)
    with pytest.raises(GlassworksError, match="nothing was written"):
        merge(catalogue, "run/0b4xk2m9qwer", tmp_path / "m")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "house"]


def catalogue_base(catalogue):
    return AutoModelForCausalLM.from_pretrained(catalogue.resolve("house/base"))


def test_in_a_process_of_its_own_a_fault_is_its_last_line(home, tmp_path):
    command = [sys.executable, "-m", "pipelines.models.merge", "house/story-base", str(tmp_path / "m")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "nothing to merge" in done.stdout.splitlines()[-1]
