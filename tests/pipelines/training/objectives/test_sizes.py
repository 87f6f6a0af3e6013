"""Formulas against the real models."""

import random

import pytest
from torch.utils.flop_counter import FlopCounterMode

from pipelines.training.objectives import objective_of
from pipelines.training.objectives.sizes import (
    bert_flops_per_token,
    bert_parameters,
    t5_flops_per_token,
    t5_parameters,
)

PARAMETERS = {"bert": bert_parameters, "t5": t5_parameters}
FLOPS = {"bert": bert_flops_per_token, "t5": t5_flops_per_token}


@pytest.mark.parametrize("architecture", ["bert", "t5"])
@pytest.mark.parametrize("seed", range(6))
def test_parameters_equal_those_of_transformers(make_spec, words, architecture, seed):
    rng = random.Random(seed)
    heads = rng.choice([1, 2, 4])
    spec = make_spec(
        architecture,
        num_layers=rng.randint(1, 4),
        num_heads=heads,
        num_kv_heads=1,
        hidden_size=heads * 8 * rng.randint(1, 4) + (16 if heads == 1 else 0),
        intermediate_size=8 * rng.randint(2, 20),
        context_length=16 * rng.randint(1, 8),
    )
    model = objective_of(architecture).build(spec, words)
    formula = PARAMETERS[architecture](spec, len(words))
    assert formula == model.num_parameters() == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("architecture", ["bert", "t5"])
def test_flops_are_those_that_torch_counts(make_spec, words, windows, architecture):
    """Within a few per cent: torch counts matrix products only."""
    spec = make_spec(architecture, hidden_size=64, intermediate_size=128, context_length=128)
    objective = objective_of(architecture)
    model = objective.build(spec, words)
    model.set_attn_implementation("eager")
    batch = objective.batch(windows(1, 128), spec, words)
    with FlopCounterMode(display=False) as counter:
        objective.loss(model, batch).backward()
    formula = FLOPS[architecture](spec, len(words)) * spec.context_length
    assert formula == pytest.approx(counter.get_total_flops(), rel=0.05)
