"""What requests to the inference worker cost: what they read, may write, and wrote."""

import doctest
import importlib
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import pytest

from app import addresses, costs, windows
from app.costs import is_counted, most_written, reading, written
from pipelines.attention.interventions import Intervention
from pipelines.attention.requests import CaptureRequest, InterveneRequest, PatchRequest, Subject
from pipelines.generation.comparing import Beams, DecodeRequest, DecodeStep, Wrote
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.generation.strategy import strategy
from pipelines.prediction.requests import PredictRequest
from pipelines.runtime.operations import INFERENCE

MODEL = "house/tales"
TEXT = "x" * 400
SUBJECT = Subject(MODEL, TEXT, new_tokens=7)


@pytest.mark.parametrize(
    ("request_", "read", "most"),
    [
        (GenerateRequest(MODEL, TEXT, DecodingSpec(max_new_tokens=33)), 10, 33),
        (GenerateRequest(MODEL, "", DecodingSpec(max_new_tokens=33), (1,) * 100), 10, 33),
        (DecodeRequest(MODEL, TEXT, (strategy("greedy"), strategy("top_k")), 20, samples=6), 10, 140),
        (DecodeRequest(MODEL, TEXT, (strategy("beam", {"num_beams": 5}),), 20, samples=6), 10, 100),
        (PredictRequest(MODEL, TEXT, TEXT), 20, 0),
        (PatchRequest(MODEL, TEXT, TEXT), 20, 0),
        (CaptureRequest(SUBJECT), 10, 7),
    ],
)
def test_a_request_costs_what_it_reads_and_may_write(request_, read, most):
    assert most_written(request_) == most
    assert read <= reading(request_) <= read + 2  # names and settings are little beside the text
    assert is_counted(request_) == isinstance(request_, GenerateRequest | DecodeRequest)


def test_both_sides_of_an_intervention_write():
    intervention = Intervention("head", layer=0, head=0)
    assert most_written(InterveneRequest(SUBJECT, (intervention,), sample_tokens=5)) == 7 + 2 * 5


def test_the_events_tell_what_was_written():
    wrote = Wrote(0, 0, (1, 2, 3), ("a", "b", "c"), (0.0,) * 3, (1,) * 3, (0.0,) * 3)
    beams = Beams(1, 0, (-1, -1), (4, 5), ("d", "e"), (0.0, 0.0), (0.0, 0.0), (False, False))
    events = [
        Started(9),
        Token(0, 1, "a", -0.5),
        DecodeStep((wrote, wrote), (beams,)),
        Finished("eos", "a", 1, 0.1),
    ]
    assert [written(event) for event in events] == [0, 1, 8, 0]


def test_no_kind_of_request_writes_uncounted():
    """A new kind of request that has a number of tokens to write needs its line in ``most_written``."""
    kinds = {one: _classes_within(one) for one in map(_class_of, (*INFERENCE.operations,))}
    writing = {kind.__name__ for kind, within in kinds.items() if any(map(_writes, within))}
    through_its_subject = {kind.__name__ for kind, within in kinds.items() if Subject in within}
    assert writing == {"GenerateRequest", "DecodeRequest"} | through_its_subject


def test_examples():
    for module in (addresses, costs, windows):
        assert doctest.testmod(module).failed == 0


def _class_of(operation):
    module, name = operation.request.split(":")
    return getattr(importlib.import_module(module), name)


def _classes_within(kind):
    """The dataclass and those of its fields."""
    inner = [hint for hint in get_type_hints(kind).values() if is_dataclass(hint)]
    return {kind, *inner}


def _writes(kind):
    return any(field.name in ("max_new_tokens", "new_tokens", "sample_tokens") for field in fields(kind))
