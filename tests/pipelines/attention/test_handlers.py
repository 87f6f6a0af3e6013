"""Questions as the worker is asked them: from a request to an answer that has crossed between processes."""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from pipelines.attention.requests import (
    CaptureRequest,
    ContextRequest,
    HeadRequest,
    LensRequest,
    MapRequest,
    NeighboursRequest,
    QueryKeyRequest,
    RowsRequest,
    Subject,
)
from pipelines.runtime.codec import decode, encode
from pipelines.runtime.messages import Waiting
from pipelines.runtime.operations import INFERENCE
from tests.support.tiny_models import tiny

SUBJECT = Subject("llama", "Anna found a red kite by the river.")
REQUESTS = {
    "Captured": CaptureRequest(SUBJECT),
    "Head": HeadRequest(SUBJECT, "self", 1, 2),
    "Rows": RowsRequest(SUBJECT, "self", 1, 2, 3),
    "QueryKey": QueryKeyRequest(SUBJECT, "self", 1, 2, 3),
    "Lens": LensRequest(SUBJECT),
    "Context": ContextRequest(SUBJECT),
    "TokenNeighbours": NeighboursRequest("llama", (" dog",)),
    "TokenMap": MapRequest("llama", (" dog",)),
}


class Models:
    """As the runtime's cache, with every model in memory."""

    @contextmanager
    def use(self, name):
        yield SimpleNamespace(ready=lambda: self._ready(name))

    @staticmethod
    def _ready(name):
        yield from ()
        return tiny(name)


@pytest.mark.parametrize("answer", REQUESTS)
def test_a_request_comes_back_as_its_answer(answer):
    types = INFERENCE.message_types()
    request = crossed(REQUESTS[answer], types)
    assert request == REQUESTS[answer]
    events = list(INFERENCE.load_handlers()[type(request)](request, Models()))
    (told,) = (one for one in events if one is not None and not isinstance(one, Waiting))
    assert type(told).__name__ == answer
    for name, value in vars(crossed(told, types)).items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, getattr(told, name), equal_nan=True)


def crossed(message, types):
    frame = b"".join(bytes(piece) for piece in encode(1, message, types))
    place = 0

    def read_into(buffer):
        nonlocal place
        buffer[:] = frame[place : place + len(buffer)]
        place += len(buffer)

    return decode(read_into, types)[1]
