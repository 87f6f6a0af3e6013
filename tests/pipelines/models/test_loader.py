import json
import shutil

import pytest
import torch

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.models.devices import pick_device, usable_cores, use_threads
from pipelines.models.loader import load_causal_lm, load_model, memory_needed

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("shard", ["5GB", "20KB"])
def test_loaded_weights_are_the_saved_ones(save_tiny, tmp_path, kind, shard):
    from transformers import AutoModelForCausalLM

    folder = save_tiny(tmp_path / "m", kind, shard)
    loaded = load_causal_lm("path:m", folder, CPU)
    saved = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    assert all(torch.equal(value, saved[name]) for name, value in loaded.model.state_dict().items())
    assert not loaded.model.training and loaded.context_length == 64
    assert loaded.bytes == memory_needed(folder, CPU)


def test_a_model_saved_in_bf16_computes_in_fp32_on_the_cpu(tiny_llama, tmp_path):
    from transformers import AutoModelForCausalLM

    folder = shutil.copytree(tiny_llama, tmp_path / "half")
    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).save_pretrained(folder)
    loaded = load_causal_lm("path:half", folder, CPU)
    assert loaded.model.dtype == torch.float32
    assert loaded.bytes == memory_needed(folder, CPU)


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "nothing_known"},
        {"model_type": "evil", "auto_map": {"AutoModelForCausalLM": "evil.Evil", "AutoConfig": "evil.C"}},
        {"hidden_size": 48},
    ],
)
def test_what_cannot_be_loaded_is_refused_and_its_code_not_run(tiny_llama, tmp_path, changes):
    folder = shutil.copytree(tiny_llama, tmp_path / "bad")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(BrokenArtifactError, match="path:bad"):
        load_causal_lm("path:bad", folder, CPU)
    assert not (tmp_path / "ran").exists()


def test_an_unknown_device_names_the_setting():
    assert pick_device("cpu") == CPU
    for wrong in ("cuda:99", "toaster"):
        with pytest.raises(SpecError, match="GLASSWORKS_DEVICE"):
            pick_device(wrong)


def test_threads_are_as_set_or_leave_a_core_to_the_page(home):
    before = torch.get_num_threads()
    try:
        assert use_threads(Settings(home=home, threads=2)) == torch.get_num_threads() == 2
        assert use_threads(Settings(home=home)) == max(1, usable_cores() - 1)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("kind", "name"), [("masked-lm", "bert"), ("seq2seq-lm", "t5"), ("causal-lm", "gpt2")]
)
def test_a_model_is_loaded_as_what_its_config_names(tmp_path, tiny_llama, kind, name):
    from transformers import (
        BertConfig,
        BertForMaskedLM,
        GPT2Config,
        GPT2LMHeadModel,
        T5Config,
        T5ForConditionalGeneration,
    )

    made = {
        "bert": lambda: BertForMaskedLM(
            BertConfig(vocab_size=400, hidden_size=32, num_hidden_layers=1, num_attention_heads=2)
        ),
        "t5": lambda: T5ForConditionalGeneration(
            T5Config(vocab_size=400, d_model=32, d_kv=16, d_ff=32, num_layers=1, num_heads=2, n_positions=64)
        ),
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(vocab_size=400, n_embd=32, n_layer=1, n_head=2)),
    }[name]()
    folder = shutil.copytree(tiny_llama, tmp_path / name)
    made.save_pretrained(folder)
    loaded = load_model("path:m", folder, CPU)
    assert loaded.kind == kind and type(loaded.model) is type(made)
    assert loaded.bytes == memory_needed(folder, CPU)
    loaded.need(kind)
    with pytest.raises(GlassworksError, match=f"path:m is a {kind} model"):
        loaded.need(*({"masked-lm", "seq2seq-lm", "causal-lm"} - {kind}))


def test_a_config_that_names_no_class_is_taken_for_a_causal_one(tiny_llama, tmp_path):
    folder = shutil.copytree(tiny_llama, tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    del config["architectures"]
    (folder / "config.json").write_text(json.dumps(config))
    assert load_model("path:m", folder, CPU).kind == "causal-lm"
