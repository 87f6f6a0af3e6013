"""What the inference worker can be asked: one line an operation, as ``module:name`` strings.

Strings, because the page side must know the messages without importing a handler (and with it torch), and
because the runtime may not import the topics.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

Handler = Callable[[Any, Any], Iterator[Any]]
_MESSAGES = "pipelines.runtime.messages"
_GENERATION = "pipelines.generation.requests"
_FILLING = "pipelines.generation.fill_mask_requests"


@dataclass(frozen=True)
class Operation:
    """``handler(request, models)`` is a generator: each ``next`` is a step, and what it yields is sent as an
    event, except None (a step without one) and Waiting. ``messages`` are the other classes that cross."""

    request: str
    handler: str
    messages: tuple[str, ...] = ()


OPERATIONS = (
    Operation(f"{_MESSAGES}:PreloadRequest", "pipelines.runtime.residency:preload"),
    Operation(f"{_MESSAGES}:UnloadRequest", "pipelines.runtime.residency:unload"),
    Operation(
        f"{_GENERATION}:GenerateRequest",
        "pipelines.generation.handler:generate",
        (
            "pipelines.generation.specs:DecodingSpec",
            f"{_GENERATION}:Started",
            f"{_GENERATION}:Token",
            f"{_GENERATION}:Finished",
        ),
    ),
    Operation(
        f"{_FILLING}:FillMaskRequest",
        "pipelines.generation.fill_mask:fill_mask",
        tuple(f"{_FILLING}:{name}" for name in ("FillMaskSpec", "Filled", "Gap", "Filling")),
    ),
)
_COMMON = tuple(f"{_MESSAGES}:{name}" for name in ("Loading", "Done", "Failed", "Cancel", "Held"))


@cache
def message_types() -> dict[str, type]:
    """Class name → dataclass, for every message that may cross between the processes."""
    references = [*_COMMON]
    for operation in OPERATIONS:
        references += [operation.request, *operation.messages]
    return {cls.__name__: cls for cls in map(_named, references)}


def load_handlers() -> dict[type, Handler]:
    """Request class → handler. Imports torch: for the worker's side only."""
    return {_named(operation.request): _named(operation.handler) for operation in OPERATIONS}


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
