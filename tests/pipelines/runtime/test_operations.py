import dataclasses
import inspect

from pipelines.runtime.operations import OPERATIONS, load_handlers, message_types


def test_every_operation_resolves_and_every_handler_is_a_generator():
    handlers = load_handlers()
    assert len(handlers) == len(OPERATIONS)
    assert all(inspect.isgeneratorfunction(handler) for handler in handlers.values())


def test_messages_are_frozen_and_their_names_unique():
    types = message_types()
    assert all(dataclasses.is_dataclass(t) and t.__dataclass_params__.frozen for t in types.values())
    named = {op.request for op in OPERATIONS} | {m for op in OPERATIONS for m in op.messages}
    assert len({reference.partition(":")[2] for reference in named}) == len(named)
