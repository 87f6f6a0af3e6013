"""What a tuning run leaves on disk, read back as the tabs read it."""

import json

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.models.artifacts import check_artifact
from pipelines.models.catalogue import Catalogue
from pipelines.models.ends import end_tokens
from pipelines.models.loader import load_model
from pipelines.models.weights import read_weights
from pipelines.training.tuning.artifact import save_tuned
from pipelines.training.tuning.methods import auto_class, load_options, prepare
from pipelines.training.tuning.specs import EncoderSpec, SftSpec

CPU = torch.device("cpu")
IDS = torch.arange(5, 37)[None].repeat(2, 1)
SMALL = {"dataset": "sample:x", "lora_r": 2, "target_modules": ("all-linear",)}


@pytest.fixture
def bases(settings, monkeypatch, tmp_path, save_tiny, tiny_llama):
    """``house/llama`` and ``house/bare``, an encoder without a head or a pooler."""
    import shutil

    from tests.support.tiny_models import build

    house = tmp_path / "house"
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    monkeypatch.setattr(Settings, "house_models", property(lambda _: house))
    save_tiny(house / "llama", tie_word_embeddings=True)
    shutil.copytree(tiny_llama, house / "bare")
    build("bert").save_pretrained(house / "bare")
    return Catalogue(settings)


def tuned(catalogue, spec, **config):
    """A model as it stands after training by the spec: every trained weight has moved."""
    place, torch_seed = catalogue.place(spec.base), 3
    torch.manual_seed(torch_seed)
    auto = auto_class(spec.task)
    model = auto.from_pretrained(place.folder, **load_options(spec, CPU), **config)
    wrapped = prepare(model, spec).model
    for parameter in wrapped.parameters():
        if parameter.requires_grad:
            parameter.data.add_(torch.randn_like(parameter), alpha=0.05)
    return wrapped, AutoTokenizer.from_pretrained(place.folder)


def loss(model):
    """Of the right words or of a label, as the model has it."""
    with torch.inference_mode():
        logits = model(IDS)[0].float()
    return float(torch.logsumexp(logits, -1).mean())


def save(catalogue, spec, folder, check=loss, **config):
    model, tokenizer = tuned(catalogue, spec, **config)
    tokenizer.chat_template = "{{ messages }}"
    save_tuned(folder, model, tokenizer, spec, {"name": "Crab", "method": spec.method}, "# Crab", check)
    return model


def load(catalogue, folder):
    place = catalogue.place(f"path:{folder}")
    return load_model(place.name, place.folder, CPU, place.base)


METHODS = {
    "lora": {},
    "dora": {"method": "lora", "use_dora": True},
    "rslora": {"method": "lora", "use_rslora": True},
    "ia3": {},
    "full": {},
    "layernorm": {},
}


@pytest.mark.parametrize("method", METHODS)
def test_what_was_trained_is_what_is_read(bases, tmp_path, method):
    spec = SftSpec(base="house/llama", **{**SMALL, "method": method, **METHODS[method]})
    model = save(bases, spec, tmp_path / "a")
    folder = tmp_path / "a"
    check_artifact(folder)
    loaded, entry = load(bases, folder), bases.get(f"path:{folder}")
    with torch.inference_mode():
        there, here = model(IDS).logits, loaded.model(IDS).logits
    assert float((there - here).abs().max()) < 0.05 * float(there.abs().max())
    adapter = spec.method in ("lora", "ia3")
    assert (folder / "adapter_model.safetensors").exists() == adapter
    assert (folder / "model.safetensors").exists() != adapter
    assert entry.adapter_of == ("house/llama" if adapter else "")
    assert {"causal-lm", "chat"} == entry.capabilities and entry.lineage["parent"] == "house/llama"
    assert entry.title == "Crab" and ("house/llama" in (folder / "README.md").read_text()) == adapter
    assert max(f.stat().st_size for f in folder.iterdir()) < 10_000_000
    assert loaded.model.generation_config.eos_token_id == loaded.tokenizer.eos_token_id
    if adapter:
        told = json.loads((folder / "adapter_config.json").read_text())
        assert told["base_model_name_or_path"] == "house/llama" and told["inference_mode"]
        assert "unmerged" not in told
        from safetensors.torch import load_file

        assert {t.dtype for t in load_file(folder / "adapter_model.safetensors").values()} == {torch.bfloat16}


@pytest.mark.parametrize("task", ["classify", "tag", "answer", "fill"])
@pytest.mark.parametrize("method", ["lora", "ia3", "bitfit"])
def test_an_encoder_s_task_comes_back_with_its_head(bases, tmp_path, task, method):
    """The base has no pooler, which classification needs: what begins at random is kept too."""
    spec = EncoderSpec(base="house/bare", task=task, **{**SMALL, "method": method})
    labels = {"id2label": {0: "no", 1: "yes", 2: "so"}} if task in ("classify", "tag") else {}
    model = save(bases, spec, tmp_path / "a", **labels)
    loaded = load(bases, tmp_path / "a")
    assert loaded.kind == spec.what.capability
    with torch.inference_mode():
        for here, there in zip(loaded.model(IDS).to_tuple(), model(IDS).to_tuple(), strict=True):
            assert float((there - here).abs().max()) < 0.1 * max(1.0, float(there.abs().max()))
    assert not labels or loaded.model.config.id2label == labels["id2label"]


def test_qlora_goes_back_to_a_base_in_full_precision(bases, tmp_path):
    spec = SftSpec(base="house/llama", **{**SMALL, "method": "qlora"})
    save(bases, spec, tmp_path / "a")
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    assert "quantization_config" not in config
    assert load(bases, tmp_path / "a").model.dtype == torch.float32


def test_a_vocabulary_that_grew_comes_along(bases, tmp_path):
    spec = SftSpec(base="house/llama", **{**SMALL, "method": "lora"})
    place = bases.place(spec.base)
    model = auto_class(spec.task).from_pretrained(place.folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(place.folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|bot|>"]})
    model.resize_token_embeddings(402)
    wrapped = prepare(model, spec).model
    save_tuned(tmp_path / "a", wrapped, tokenizer, spec, {}, "# x", loss)
    loaded = load(bases, tmp_path / "a")
    assert bases.get(f"path:{tmp_path / 'a'}").vocab_size == 402
    assert loaded.model.get_input_embeddings().weight.shape[0] == 402
    assert len(loaded.tokenizer) == len(tokenizer)


@pytest.mark.parametrize("method", ["lora", "layernorm"])
def test_several_ends_of_a_text_are_kept(bases, tmp_path, method):
    spec = SftSpec(base="house/llama", **{**SMALL, "method": method})
    model, tokenizer = tuned(bases, spec)
    model.generation_config.eos_token_id = [0, 7]
    save_tuned(tmp_path / "a", model, tokenizer, spec, {}, "# x", loss)
    assert end_tokens(load(bases, tmp_path / "a")) == {0, 7}


def test_what_computes_something_else_leaves_nothing(bases, tmp_path):
    spec, told = SftSpec(base="house/llama", **SMALL), iter([1.0, 1.2])
    with pytest.raises(GlassworksError, match="does not compute what the trained one does"):
        save(bases, spec, tmp_path / "a", check=lambda model: next(told))
    assert not list(tmp_path.glob("*a*"))


def test_an_adapter_s_result_can_be_tuned_again(bases, settings, tmp_path, add_run):
    job = add_run("0b4xk2m9qwer")
    save(bases, SftSpec(base="house/llama", **SMALL), job.artifact)
    spec = SftSpec(base="run/0b4xk2m9qwer", **{**SMALL, "method": "ia3"})
    start = read_weights(bases.place(spec.base), auto_class(spec.task), torch.float32)
    wrapped = prepare(start, spec).model
    tokenizer = AutoTokenizer.from_pretrained(bases.tokenizer_folder(spec.base))
    save_tuned(tmp_path / "b", wrapped, tokenizer, spec, {}, "# x", loss)
    names = [place.name for place in bases.place(f"path:{tmp_path / 'b'}").line()]
    assert names[1:] == ["run/0b4xk2m9qwer", "house/llama"]
    assert load(bases, tmp_path / "b").kind == "causal-lm"


def test_a_merged_adapter_is_tuned_like_any_other_model(bases, tmp_path, add_run):
    job = add_run("0b4xk2m9qwer")
    save(bases, SftSpec(base="house/llama", **SMALL), job.artifact)
    start = read_weights(bases.place("run/0b4xk2m9qwer"), auto_class("instruct"), torch.float32)
    assert all(parameter.requires_grad for parameter in start.parameters())
    assert not any("lora" in name for name, _ in start.named_modules()) and not hasattr(start, "peft_config")
    spec = SftSpec(base="run/0b4xk2m9qwer", **{**SMALL, "method": "layernorm"})
    tokenizer = AutoTokenizer.from_pretrained(job.artifact)
    save_tuned(tmp_path / "b", prepare(start, spec).model, tokenizer, spec, {}, "# x", loss)
    assert bases.get(f"path:{tmp_path / 'b'}").adapter_of == ""


def test_a_head_on_a_tuned_encoder(bases, tmp_path, add_run):
    """The lower adapter is for another class than the upper one."""
    job = add_run("0b4xk2m9qwer")
    save(bases, EncoderSpec(base="house/bare", task="fill", **SMALL), job.artifact)
    place = bases.place("run/0b4xk2m9qwer")
    config = AutoModelForSequenceClassification.from_pretrained(place.base.folder, num_labels=4).config
    start = read_weights(place, AutoModelForSequenceClassification, torch.float32, config)
    spec = EncoderSpec(base=place.name, task="classify", **SMALL)
    wrapped = prepare(start, spec).model
    tokenizer = AutoTokenizer.from_pretrained(place.tokenizer)
    save_tuned(tmp_path / "b", wrapped, tokenizer, spec, {}, "# x", loss)
    assert load(bases, tmp_path / "b").model.config.num_labels == 4
