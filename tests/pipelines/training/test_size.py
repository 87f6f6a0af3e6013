"""Formulas against the real models."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pipelines.training.dial import dial
from pipelines.training.model import build_model
from pipelines.training.size import count_parameters, flops_per_token
from pipelines.training.specs import PretrainSpec


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize(
    "changes", [{}, {"num_layers": 2, "hidden_size": 64, "num_heads": 4, "num_kv_heads": 2}]
)
def test_parameters_equal_those_of_transformers(architecture, changes):
    fields = {**dial(2, architecture), **changes}
    spec = PretrainSpec.from_dict({"architecture": architecture, **fields})
    model = build_model(spec, spec.vocab_size, 0, 1)
    assert count_parameters(spec) == model.num_parameters() == sum(p.numel() for p in model.parameters())
    assert count_parameters(spec, 777) == build_model(spec, 777, 0, 1).num_parameters()


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_flops_are_those_that_torch_counts(architecture):
    """Within a few per cent: torch counts matrix products only, we also count norms' and biases' weights."""
    spec = PretrainSpec.from_dict({"size": 2, "architecture": architecture})
    model = build_model(spec, spec.vocab_size, 0, 1)
    model.set_attn_implementation("eager")
    ids = torch.zeros(1, spec.context_length, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, labels=ids).loss.backward()
    assert flops_per_token(spec) * spec.context_length == pytest.approx(counter.get_total_flops(), rel=0.05)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_same_seed_same_weights(architecture):
    spec = PretrainSpec.from_dict({"size": 1, "architecture": architecture, "seed": 5})
    one, two = (build_model(spec, 300, 0, 1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    tied = build_model(spec, 300, 0, 1)
    assert tied.get_input_embeddings().weight is tied.get_output_embeddings().weight
