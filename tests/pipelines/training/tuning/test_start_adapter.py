"""A tuning that goes on from an adapter: it begins with its very numbers, and says where that cannot be."""

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel, get_peft_model_state_dict

from pipelines.core.errors import SpecError
from pipelines.jobs.states import JobState
from pipelines.models.adapters import Place
from pipelines.training.tuning.methods import prepare
from pipelines.training.tuning.start_adapter import check_start_adapter
from tests.pipelines.training.tuning.families import fresh, spec_of
from tests.support.tuning_jobs import events, new_job, tune

_MADE = {"method": "lora", "lora_r": 4, "target_modules": ["q_proj", "v_proj"], "learning_rate": 0.01}


def made(folder: Path, seed: int = 1, **changed) -> tuple[PeftModel, Path]:
    """An adapter with numbers of its own, and where it lies."""
    spec = spec_of("instruct", **_MADE, **changed)
    tuned = prepare(fresh("llama", "instruct"), spec, [3, 5][: len(spec.trainable_tokens)]).model
    torch.manual_seed(seed)
    for parameter in tuned.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    tuned.peft_config["default"].base_model_name_or_path = "path:base"
    tuned.save_pretrained(folder)
    return tuned, folder


@pytest.mark.parametrize("tokens", [(), ("a", "b")])
def test_it_begins_with_the_numbers_that_peft_reads(tmp_path, tokens):
    first, folder = made(tmp_path, trainable_tokens=tokens)
    spec = spec_of("instruct", **_MADE, trainable_tokens=tokens, start_adapter="path:x")
    again = prepare(fresh("llama", "instruct"), spec, [3, 5] if tokens else [], folder)
    other = prepare(fresh("llama", "instruct"), spec, [3, 5] if tokens else []).model
    other.load_adapter(str(folder), "default", is_trainable=True)
    told = [get_peft_model_state_dict(m, save_embedding_layers=False) for m in (first, again.model, other)]
    assert told[0].keys() == told[1].keys() == told[2].keys()
    for name, tensor in told[0].items():
        assert torch.equal(told[1][name], tensor) and torch.equal(told[2][name], tensor)
    trained = {name for name, p in again.model.named_parameters() if p.requires_grad}
    assert trained == {name for name, p in other.named_parameters() if p.requires_grad}
    assert again.trainable == sum(p.numel() for p in first.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("changed", "tokens", "message"),
    [
        ({"target_modules": ["q_proj"]}, [3, 5], "target_modules accepts the layers that path:x changes"),
        ({}, [3, 6], "trainable_tokens accepts the tokens that path:x has learnt"),
        ({"trainable_tokens": ("a",)}, [3], "trainable_tokens accepts the 2 tokens that path:x has learnt"),
    ],
)
def test_another_place_is_refused_by_the_field_that_says_it(tmp_path, changed, tokens, message):
    _, folder = made(tmp_path, trainable_tokens=("a", "b"))
    fields = {**_MADE, "trainable_tokens": ("a", "b"), "start_adapter": "path:x", **changed}
    with pytest.raises(SpecError, match=message):
        prepare(fresh("llama", "instruct"), spec_of("instruct", **fields), tokens, folder)


def test_by_its_files_alone(tmp_path):
    _, folder = made(tmp_path / "lora")
    fields = {**_MADE, "start_adapter": "path:x"}
    base = Place(spec_of("instruct").base, tmp_path)
    check_start_adapter(spec_of("instruct", **fields), Place("path:x", folder, base))
    for changed, message in (
        ({"lora_r": 8}, "lora_r accepts 4, as of path:x, from which it goes on"),
        ({"lora_alpha": 3.0}, "lora_alpha accepts 32"),
        ({"use_dora": True}, "use_dora accepts False"),
    ):
        with pytest.raises(SpecError, match=message):
            check_start_adapter(spec_of("instruct", **fields | changed), Place("path:x", folder, base))
    other = Place("path:x", folder, Place("path:other", tmp_path))
    with pytest.raises(SpecError, match=f"an adapter of {base.name}; this one is of path:other"):
        check_start_adapter(spec_of("instruct", **fields), other)
    with pytest.raises(SpecError, match="this one is no adapter"):
        check_start_adapter(spec_of("instruct", **fields), base)
    ia3 = prepare(fresh("llama", "instruct"), spec_of("instruct", method="ia3")).model
    ia3.save_pretrained(tmp_path / "ia3")
    with pytest.raises(SpecError, match="this one is an adapter of the kind IA3"):
        check_start_adapter(spec_of("instruct", **fields), Place("path:x", tmp_path / "ia3", base))
    with pytest.raises(SpecError, match="start_adapter accepts an adapter only with lora and qlora"):
        spec_of("instruct", method="full", start_adapter="path:x")


def test_a_run_goes_on_where_the_other_ended(tiny_sft, scripted, tmp_path):
    fields = {**tiny_sft, "trainable_tokens": ["a"], "max_steps": 12, "eval_every": 12}
    first = new_job(tmp_path / "first", fields)
    assert tune(first, fields, scripted(first)) is JobState.SUCCEEDED
    more = {**fields, "start_adapter": f"path:{first.artifact}", "max_steps": 4, "eval_every": 4}
    second = new_job(tmp_path / "second", more)
    assert tune(second, more, scripted(second)) is JobState.SUCCEEDED
    ended, begun = events(first, "eval")[-1]["loss"], events(second, "eval")[0]["loss"]
    assert begun == pytest.approx(ended, abs=0.01), "the adapter lies in bf16"
    assert begun < events(first, "eval")[0]["loss"] - 0.1
    told = json.loads((second.artifact / "adapter_config.json").read_text())
    assert told["base_model_name_or_path"] == fields["base"]
    lineage = json.loads((second.artifact / "glassworks.json").read_text())
    assert lineage["spec"]["start_adapter"] == more["start_adapter"]
