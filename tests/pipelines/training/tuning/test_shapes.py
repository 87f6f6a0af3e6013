"""The count from the files' headers, against the model built without weights."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.training.tuning.methods import count, skeleton
from pipelines.training.tuning.shapes import counts, shapes_of
from tests.pipelines.training.tuning.families import CAUSAL, ENCODERS, LABELS, config_of, spec_of

FIELDS = (
    {"method": "lora"},
    {"method": "lora", "use_dora": True, "lora_r": 7},
    {"method": "lora", "trainable_tokens": ("a", "b")},
    {"method": "qlora"},
    {"method": "ia3"},
    {"method": "bitfit"},
    {"method": "layernorm"},
    {"method": "full"},
    {"method": "bottleneck", "bottleneck_width": 5, "bottleneck_depth": 1},
)
VIRTUAL = ({"method": "prompt"}, {"method": "prefix", "num_virtual_tokens": 4}, {"method": "prefix"})


def header(config, task: str) -> dict:
    """As the files of such a model have it: tied weights once."""
    model = skeleton(config, task)
    return {n: {"shape": list(p.shape), "dtype": "F32"} for n, p in model.named_parameters()}


def told(family: str, base: str, spec):
    config = config_of(family, spec.task)
    return counts(shapes_of(header(config, base), config.to_dict(), spec.task, LABELS), spec)


def same(family: str, base: str, spec) -> None:
    try:
        built = count(config_of(family, spec.task), spec)
    except SpecError as refused:
        with pytest.raises(SpecError) as again:
            told(family, base, spec)
        assert str(again.value) == str(refused)
        return
    made = told(family, base, spec)
    assert (made.trainable, made.total) == (built.trainable, built.total)
    assert made.percent == pytest.approx(built.percent)


@pytest.mark.parametrize("fields", FIELDS + VIRTUAL, ids=lambda f: "-".join(map(str, f.values())))
@pytest.mark.parametrize("family", CAUSAL)
def test_causal_models(family, fields):
    same(family, "instruct", spec_of("instruct", **fields))


@pytest.mark.parametrize("task", ["classify", "tag", "answer", "fill"])
@pytest.mark.parametrize("family", ENCODERS)
def test_encoders_from_the_files_of_a_masked_model(family, task):
    for fields in FIELDS:
        same(family, "fill", spec_of(task, **fields))
