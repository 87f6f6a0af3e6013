"""What is said of a distillation before it starts."""

from pathlib import Path

import pytest

from pipelines.models.entries import ModelEntry
from pipelines.training.model import build_model
from pipelines.training.tuning.distillation.footprint import footprint
from pipelines.training.tuning.distillation.specs import DistillSpec

TEACHER = ModelEntry(
    "house/big", "big", Path("nowhere"), "LlamaForCausalLM", 10_000_000, 512, 400, frozenset(), 0, {}, 0.0
)


def of(settings, **changes):
    given = {"teacher": "house/big", "dataset": "sample:stories", "max_steps": 10, **changes}
    spec = DistillSpec(**given)
    return spec, footprint(spec, None, TEACHER, settings)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_new_student_is_as_large_as_it_is_built(settings, architecture):
    spec, made = of(settings, architecture=architecture, num_layers=2, hidden_size=48)
    model = build_model(spec.shape, 400, 0, 1)
    assert made.total == made.trainable == sum(p.numel() for p in model.parameters())
    assert made.memory["gradients"] == 4 * made.trainable and made.memory["teacher"] == 40_000_000
    assert made.memory_bytes == sum(made.memory.values()) and made.steps == 10


def test_the_teacher_takes_time_also_with_short_rows(settings):
    spec, made = of(settings)
    tiny = ModelEntry(**{**vars(TEACHER), "parameters": 1})
    assert made.seconds > footprint(spec, None, tiny, settings).seconds > 0
    short = footprint(spec, None, TEACHER, settings, rows=50, characters=20.0)
    assert 0 < short.seconds < made.seconds
