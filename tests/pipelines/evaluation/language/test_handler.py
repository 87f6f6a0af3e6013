"""The request, answered as the inference worker answers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.language.handler import language
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.language.requests import MAX_CHARS, LanguageRequest, Measuring
from pipelines.evaluation.language.result import LanguageResult
from pipelines.runtime.codec import decode, encode
from pipelines.runtime.operations import INFERENCE
from tests.support.tiny_models import tiny

TEXT = "Anna found a red kite by the river. " * 300


class Held:
    """A cache whose model is in memory."""

    @contextmanager
    def use(self, name: str) -> Iterator[Any]:
        yield self

    def ready(self) -> Iterator[Any]:
        yield from ()
        return tiny("gpt2")


def crossed(message: Any) -> Any:
    """As it comes out on the other side."""
    types = INFERENCE.message_types()
    data = memoryview(b"".join(bytes(piece) for piece in encode(1, message, types)))
    at = 0

    def read(buffer: memoryview) -> None:
        nonlocal at
        buffer[:] = data[at : at + len(buffer)]
        at += len(buffer)

    return decode(read, types)[1]


def test_progress_then_the_result_and_both_cross_between_the_processes():
    request = crossed(LanguageRequest("tiny", TEXT, 64, 32))
    *steps, found = map(crossed, language(request, Held()))
    assert isinstance(found, LanguageResult) and all(isinstance(one, Measuring) for one in steps)
    assert len(steps) > 3 and steps[-1].total == len(TEXT)
    assert steps[-1].characters == len(TEXT)
    read = [one.characters for one in steps]
    assert read == sorted(read)
    wanted = measure(tiny("gpt2"), [TEXT], 64, 32)
    np.testing.assert_allclose(found.documents, wanted.documents, rtol=1e-5)
    assert found.shown.texts[: len(wanted.shown.texts)] == wanted.shown.texts


def test_it_is_among_the_worker_s_operations():
    assert INFERENCE.load_handlers()[LanguageRequest] is language


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": " \n"}, "text"), ({"text": "a" * (MAX_CHARS + 1)}, "text"), ({"text": "a\ud800"}, "text"),
        ({"text": 5}, "text"), ({"model": ""}, "model"), ({"context": -1}, "context"),
        ({"context": True}, "context"), ({"context": 8, "stride": 9}, "stride"), ({"stride": 1.5}, "stride"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(changed, field):
    with pytest.raises(SpecError, match=field):
        LanguageRequest(**{"model": "house/x", "text": "a text", **changed})
