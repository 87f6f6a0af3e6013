import dataclasses
import inspect

import pytest

from pipelines.runtime.operations import KINDS


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request):
    return request.param


def test_every_operation_resolves_and_every_handler_is_a_generator(kind):
    handlers = kind.load_handlers()
    assert len(handlers) == len(kind.operations)
    assert all(inspect.isgeneratorfunction(handler) for handler in handlers.values())


def test_messages_are_frozen_and_their_names_unique(kind):
    types = kind.message_types()
    assert all(dataclasses.is_dataclass(t) and t.__dataclass_params__.frozen for t in types.values())
    named = {op.request for op in kind.operations} | {m for op in kind.operations for m in op.messages}
    assert len({reference.partition(":")[2] for reference in named}) == len(named)
