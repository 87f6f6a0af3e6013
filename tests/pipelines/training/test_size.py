"""Formulas against the real models."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pipelines.models.entries import ModelEntry
from pipelines.training.dial import dial
from pipelines.training.model import build_model
from pipelines.training.size import size_of, size_of_entry
from pipelines.training.specs import PretrainSpec


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize(
    "changes", [{}, {"num_layers": 2, "hidden_size": 64, "num_heads": 4, "num_kv_heads": 2}]
)
def test_parameters_equal_those_of_transformers(architecture, changes):
    fields = {**dial(2, architecture), **changes}
    spec = PretrainSpec.from_dict({"architecture": architecture, **fields})
    model = build_model(spec, spec.vocab_size, 0, 1)
    assert size_of(spec).parameters == model.num_parameters() == sum(p.numel() for p in model.parameters())
    assert size_of(spec, 777).parameters == build_model(spec, 777, 0, 1).num_parameters()


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_flops_are_those_that_torch_counts(architecture):
    """Within a few per cent: torch counts matrix products only, we also count norms' and biases' weights."""
    spec = PretrainSpec.from_dict({"size": 2, "architecture": architecture})
    model = build_model(spec, spec.vocab_size, 0, 1)
    model.set_attn_implementation("eager")
    ids = torch.zeros(1, spec.context_length, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, labels=ids).loss.backward()
    flops = size_of(spec).flops_per_token(spec.context_length)
    assert flops * spec.context_length == pytest.approx(counter.get_total_flops(), rel=0.05)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_same_seed_same_weights(architecture):
    spec = PretrainSpec.from_dict({"size": 1, "architecture": architecture, "seed": 5})
    one, two = (build_model(spec, 300, 0, 1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    tied = build_model(spec, 300, 0, 1)
    assert tied.get_input_embeddings().weight is tied.get_output_embeddings().weight


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_model_that_is_there_costs_what_its_spec_said(architecture, tmp_path):
    spec = PretrainSpec.from_dict({"size": 2, "architecture": architecture})
    model = build_model(spec, spec.vocab_size, 0, 1)
    model.save_pretrained(tmp_path)
    entry = ModelEntry("path:x", "x", tmp_path, "", model.num_parameters(), 0, 0, frozenset(), 0, {}, 0.0)
    told, known = size_of(spec), size_of_entry(entry)
    assert (known.parameters, known.layers, known.width) == (told.parameters, told.layers, told.width)
    assert known.flops_per_token(128) == pytest.approx(told.flops_per_token(128), rel=0.1)


def test_a_run_in_stages_costs_what_its_stages_do():
    fields = {"size": 2, "max_steps": 100, "context_length": 128, "warmup_steps": 1}
    whole = PretrainSpec.from_dict(fields)
    parted = PretrainSpec.from_dict({**fields, "stages": ["0.5 context=64 batch_size=32", "0.5"]})
    size = size_of(whole)
    assert parted.plan.tokens == whole.plan.tokens and size.flops(parted.plan) < size.flops(whole.plan)
    halves = (size.flops_per_token(64) + size.flops_per_token(128)) / 2
    assert size.flops(parted.plan) == pytest.approx(halves * parted.plan.tokens)
