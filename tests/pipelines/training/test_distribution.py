"""How several processes share a run: what cannot be is refused by name, the rest is what accelerate takes."""

import pytest
from accelerate.utils import DeepSpeedPlugin, FullyShardedDataParallelPlugin
from transformers import TrainingArguments

from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.training import distribution
from pipelines.training.distribution import (
    DISTRIBUTIONS,
    deepspeed_config,
    memory_of_each,
    sharing,
)
from pipelines.training.tuning.specs import EncoderSpec, SftSpec

GIVEN = {"base": "house/story-base", "dataset": "sample:x", "method": "lora", "processes": 2, "batch_size": 8}


@pytest.fixture
def deepspeed(monkeypatch):
    """A machine on which DeepSpeed is installed, as far as a spec looks."""
    monkeypatch.setattr(distribution, "find_spec", lambda name: object())


@pytest.mark.parametrize("kind", [SftSpec, EncoderSpec])
def test_both_kinds_have_the_knobs(kind):
    assert {"processes", "distribution"} <= set(knobs(kind))
    assert kind(**{**GIVEN, "processes": 0}).distribution == "ddp"
    assert kind(**GIVEN).processes == 2


def test_an_encoder_stays_in_one_piece():
    assert SftSpec(**GIVEN, distribution="fsdp").distribution == "fsdp"
    with pytest.raises(SpecError, match="distribution accepts 'ddp' for the task tag; got 'fsdp'"):
        EncoderSpec(**GIVEN, task="tag", distribution="fsdp")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_size": 7}, "batch_size accepts a multiple of the 2 processes; got 7"),
        ({"processes": 0, "distribution": "fsdp"}, "'ddp' unless processes is 2 or more"),
        (
            {"method": "qlora", "distribution": "fsdp"},
            "'ddp' with the method qlora; fsdp is for full and lora",
        ),
        (
            {"trainable_tokens": ["a"], "distribution": "fsdp"},
            "'ddp' with the method lora and trainable_tokens",
        ),
        ({"optimizer": "muon", "distribution": "fsdp"}, "optimizer accepts 'adamw' with fsdp"),
        ({"distribution": "zero4"}, "one of 'ddp', 'fsdp', 'zero2', 'zero3'"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(SpecError, match=words):
        SftSpec.from_dict({**GIVEN, **changes})


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(distribution, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"'ddp' or 'fsdp' here: DeepSpeed is not installed \(`pip install"):
        SftSpec(**GIVEN, distribution="zero2")


def test_with_the_package_it_may_be_chosen(deepspeed):
    assert SftSpec(**GIVEN, distribution="zero3").distribution == "zero3"


@pytest.mark.parametrize("stage", [2, 3])
def test_accelerate_reads_the_deepspeed_config(stage):
    plugin = DeepSpeedPlugin(hf_ds_config=deepspeed_config(stage))
    assert plugin.zero_stage == stage == plugin.hf_ds_config.get_value("zero_optimization.stage")
    plugin.fill_match("train_micro_batch_size_per_gpu", train_micro_batch_size_per_gpu=4)
    assert plugin.deepspeed_config["train_micro_batch_size_per_gpu"] == 4


def test_transformers_reads_the_fsdp_config(tmp_path):
    arguments = TrainingArguments(str(tmp_path), use_cpu=True, report_to="none", **sharing("fsdp"))
    plugin = FullyShardedDataParallelPlugin(**arguments.fsdp_plugin_args)
    assert plugin.fsdp_version == 2 and plugin.reshard_after_forward
    assert "FULL_STATE_DICT" in str(plugin.state_dict_type)


def test_each_has_its_part_of_the_memory():
    whole = {"weights": 40, "gradients": 8, "optimiser": 16, "activations": 10, "adapter": 2, "libraries": 7}
    for name in DISTRIBUTIONS:
        assert memory_of_each(whole, 1, name) == whole
    assert memory_of_each(whole, 2, "ddp") == whole
    found = memory_of_each(whole, 2, "zero2")
    assert (found["weights"], found["gradients"], found["optimiser"]) == (40, 4, 8)
    assert sum(memory_of_each(whole, 2, "fsdp").values()) == 10 + 7 + (40 + 8 + 16 + 2) // 2
