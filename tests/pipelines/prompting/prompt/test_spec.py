import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.fields import from_dict, to_dict
from pipelines.prompting.prompt.spec import PromptSpec


def test_a_spec_survives_json():
    spec = PromptSpec(
        system="Be brief.", template="{text} {instruction}", shots=2, choice="hand", examples=("a", "b")
    )
    assert from_dict(PromptSpec, json.loads(json.dumps(to_dict(spec)))) == spec


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"shots": 33}, "shots"),
        ({"shots": -1}, "shots"),
        ({"shots": 1.5}, "shots"),
        ({"choice": "best"}, "choice"),
        ({"order": "nearest first"}, "order"),
        ({"placement": "system"}, "placement"),
        ({"labels": "wrong"}, "labels"),
        ({"system": 3}, "system"),
        ({"system": "\ud83d"}, "system"),
        ({"template": "{question} \udc00"}, "template"),
        ({"template": "x" * 20_001}, "template"),
        ({"template": "The same for all. {instruction}"}, "template"),
        ({"template": "{question} {answer}"}, "template"),
        ({"template": "{question} {rationale}"}, "template"),
        ({"template": "{examples} {question}"}, "template"),
        ({"template": "{question.answer}"}, "template"),
        ({"answer_form": "The answer is clear."}, "answer_form"),
        ({"answer_form": "{answer} {question}"}, "answer_form"),
        ({"answer_form": "{answer!s}"}, "answer_form"),
        ({"choice": "hand", "shots": 2, "examples": ("a",)}, "shots"),
        ({"choice": "hand", "shots": 1, "examples": ("a", "a")}, "examples"),
        ({"labels": "flipped", "rationales": "always"}, "rationales"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(given, field):
    with pytest.raises(SpecError) as refused:
        PromptSpec(**given)
    assert refused.value.field == field
