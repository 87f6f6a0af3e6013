"""What a distillation may be told, and the vocabulary of a tokenizer's file."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.distillation.vocabulary import check_shared, vocabulary_in
from pipelines.training.tuning.specs import SftSpec
from tests.support.tiny_models import tokenizer

GIVEN = {"teacher": "house/story-base", "dataset": "sample:story-prompts"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"teacher": " "}, "teacher accepts the name"),
        ({"alpha": 1.5}, "alpha accepts a number from 0 to 1"),
        ({"temperature": 0}, "temperature accepts"),
        ({"divergence": "sideways"}, "divergence accepts one of 'forward'"),
        ({"method": "ia3", "base": "house/story-base"}, "method accepts one of 'full', 'lora'"),
        ({"method": "lora"}, "method accepts 'full' for a new student"),
        ({"context_length": 128}, "context_length accepts at least max_length"),
        ({"hidden_size": 100, "num_heads": 3}, "hidden_size accepts a multiple of num_heads"),
        ({"task": "tag"}, "task accepts"),
        ({"processes": 2, "distribution": "fsdp"}, "distribution accepts 'ddp'"),
    ],
)
def test_what_is_wrong_is_named(changes, words):
    with pytest.raises(SpecError, match=words):
        DistillSpec.from_dict({**GIVEN, **changes})


def test_it_goes_through_json_and_knows_its_tuning():
    spec = DistillSpec.from_dict({**GIVEN, "max_length": 64})
    assert DistillSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec and spec.is_new
    assert spec.tuning == SftSpec.from_dict(spec.tuning.to_dict()) and spec.tuning.max_length == 64
    assert spec.tuning.base == "house/story-base"
    betas = {name: DistillSpec(**GIVEN, divergence=name, mixture=0.3).beta for name in ("forward", "reverse")}
    assert betas == {"forward": 0.0, "reverse": 1.0}
    assert DistillSpec(**GIVEN, divergence="jensen-shannon", mixture=0.3).beta == 0.3


def test_a_shape_that_does_not_matter_is_not_looked_at():
    """Of a student that is there."""
    assert DistillSpec(**GIVEN, base="house/story-base", hidden_size=104, num_heads=3, context_length=16)


def test_the_file_says_what_the_tokenizer_does(tmp_path):
    tokenizer().save_pretrained(tmp_path)
    assert vocabulary_in(tmp_path) == tokenizer().get_vocab()
    assert vocabulary_in(tmp_path / "nowhere") is None


def test_vocabularies_that_differ():
    check_shared("a", None, "b", {"x": 0})
    check_shared("a", {"x": 0}, "b", {"x": 0})
    with pytest.raises(SpecError, match=r"student a .*; b has 2 tokens, and 'y' is id 1 there and unknown"):
        check_shared("a", {"x": 0}, "b", {"x": 0, "y": 1})
