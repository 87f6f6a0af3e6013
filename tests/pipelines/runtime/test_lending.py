import pytest

from pipelines.attention.requests import CaptureRequest, DifferenceRequest, PatchRequest, Subject
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.requests import GenerateRequest
from pipelines.generation.specs import DecodingSpec
from pipelines.generation.strategy import strategy
from pipelines.runtime.lending import MOST_SECONDS, gpu_seconds, models_of
from pipelines.runtime.messages import PreloadRequest, UnloadRequest
from pipelines.runtime.operations import INFERENCE

BILLION = 10**9
GREEDY = strategy("greedy")


def generate(tokens: int) -> GenerateRequest:
    return GenerateRequest("a/b", "Once", DecodingSpec(max_new_tokens=tokens))


def decode(*columns, tokens=100) -> DecodeRequest:
    return DecodeRequest("a/b", "Once", columns, max_new_tokens=tokens)


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        (generate(5), ("a/b",)),
        (PreloadRequest("a/b"), ("a/b",)),
        (UnloadRequest(), ()),
        (CaptureRequest(Subject("a/b", "Once")), ("a/b",)),
        (DifferenceRequest(Subject("a/b", "Once"), "c/d"), ("a/b", "c/d")),
        (PatchRequest("a/b", "Once", "Twice", "cat", "dog"), ("a/b",)),
        (DecodeRequest("a/b", "Once", (GREEDY,), judge="c/d"), ("a/b", "c/d")),
        (DecodeRequest("a/b", "Once", (GREEDY,), judge="a/b"), ("a/b",)),
    ],
)
def test_the_models_that_a_request_needs(request_, names):
    assert models_of(request_) == names


def test_more_work_asks_for_more_time():
    assert gpu_seconds(generate(50), BILLION) < gpu_seconds(generate(500), BILLION)
    assert gpu_seconds(generate(50), BILLION) < gpu_seconds(generate(50), 7 * BILLION)
    assert gpu_seconds(decode(GREEDY), BILLION) < gpu_seconds(decode(*[GREEDY] * 4), BILLION)
    inside = Subject("a/b", "Once")
    patch = PatchRequest("a/b", "Once", "Twice", "a", "b")
    assert gpu_seconds(CaptureRequest(inside), BILLION) < gpu_seconds(patch, BILLION)


def test_a_short_answer_leaves_most_of_the_day():
    """A visitor who is not signed in has two minutes of it."""
    assert gpu_seconds(generate(64), BILLION) <= MOST_SECONDS // 6


def test_no_call_asks_for_more_than_is_lent():
    assert gpu_seconds(decode(*[GREEDY] * 12, tokens=1024), 30 * BILLION) == MOST_SECONDS


def test_every_operation_has_its_time():
    for request in INFERENCE.load_handlers():
        assert 0 < INFERENCE.operation(request).gpu_seconds <= MOST_SECONDS / 2
