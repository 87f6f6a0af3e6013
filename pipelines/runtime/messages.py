"""The runtime's own messages: frozen dataclasses, no torch. Each topic adds its requests and events beside
these (``pipelines/<topic>/requests.py``) and one line in :mod:`pipelines.runtime.operations`.

A request opens a stream of events that ends with exactly one :class:`Done` or :class:`Failed`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PreloadRequest:
    """Have the model in memory, so that the next request starts at once."""

    model: str


@dataclass(frozen=True)
class UnloadRequest:
    """Give the model's memory back (before it is deleted, say). An empty name means all."""

    model: str = ""


@dataclass(frozen=True)
class Loading:
    """The model was not in memory and is being read."""

    model: str


def answer_of(events: Iterable[Any]) -> Any:
    """The answer to a request that is answered once: its last event that is no Loading."""
    *_, answer = (event for event in events if not isinstance(event, Loading))
    return answer


@dataclass(frozen=True)
class Waiting:
    """What a handler yields when it can do nothing yet; it stays inside the worker."""


@dataclass(frozen=True)
class Done:
    """The stream is over: all events were sent, or the request was cancelled."""

    cancelled: bool = False


@dataclass(frozen=True)
class Failed:
    """``kind`` is the error's class name in :mod:`pipelines.core.errors`; ``message`` is for the visitor."""

    kind: str
    message: str


@dataclass(frozen=True)
class Cancel:
    """Sent with a request's number: end that stream before its next step."""


@dataclass(frozen=True)
class Held:
    """Sent with number 0 when the worker is ready and whenever the models in its memory change."""

    models: tuple[str, ...] = ()
