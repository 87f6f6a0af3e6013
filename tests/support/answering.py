"""Answers a worker's requests here and now, by its own handlers, without its process."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from pipelines.runtime.messages import Loading, Waiting
from pipelines.runtime.operations import WorkerKind

_STEPS = (Loading, type(None))
_REST = 0.002  # seconds: to ask again at once would take the interpreter from the thread that is waited for


class Loaded:
    """Stands for the worker's cache: whatever is named is in memory already."""

    def __init__(self, named: Callable[[str], Any]):
        self._named = named

    def use(self, name: str) -> Any:
        def ready():
            yield from ()
            return self._named(name)

        return nullcontext(SimpleNamespace(ready=ready))


def noted(ask: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
    """``ask(services, visitor, request)`` with a list that gets every request."""
    found: list[Any] = []

    def noting(services: Any, visitor: Any, request: Any) -> Any:
        found.append(request)
        return ask(services, visitor, request)

    return noting, found


def answering(
    kind: WorkerKind, named: Callable[[str], Any], asked: list[Any] | None = None
) -> Callable[..., Any]:
    """Stands for the page's ``ask(services, visitor, request)``: ``named(name)`` is the model or tokenizer
    of that name, and ``asked`` gets every request."""
    handlers = kind.load_handlers()

    def ask(_services: Any, _visitor: Any, request: Any) -> Any:
        if asked is not None:
            asked.append(request)
        found = []
        for event in handlers[type(request)](request, Loaded(named)):
            if isinstance(event, Waiting):
                time.sleep(_REST)
            elif not isinstance(event, _STEPS):
                found.append(event)
        return found[-1]

    return ask
