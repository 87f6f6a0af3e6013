"""Many streams over one line: each request's events wait in a queue of their own until they are asked for."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.runtime.faults import as_error
from pipelines.runtime.messages import Done, Failed


class Streams:
    """Thread-safe. Events of a number that nobody reads any more are dropped."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._queues: dict[int, queue.SimpleQueue[Any]] = {}
        self._ended: GlassworksError | None = None

    def open(self) -> int:
        """A new stream's number; raises once :meth:`end` was called."""
        with self._lock:
            if self._ended:
                raise self._ended
            number = next(self._numbers)
            self._queues[number] = queue.SimpleQueue()
        return number

    def drop(self, number: int) -> None:
        with self._lock:
            self._queues.pop(number, None)

    def deliver(self, number: int, event: Any) -> None:
        with self._lock:
            waiting = self._queues.get(number)
        if waiting is not None:
            waiting.put(event)

    def end(self, error: GlassworksError) -> None:
        """End every open stream, and any that would be opened later, with this error."""
        with self._lock:
            self._ended, queues = error, list(self._queues.values())
        for waiting in queues:
            waiting.put(error)

    def read(self, number: int, cancel: Callable[[int], None], seconds: float | None = None) -> Iterator[Any]:
        """The stream's events as they come, without its last word; raises what it failed with.

        Closing the iterator early calls ``cancel``. TimeoutError after ``seconds`` without an event.
        """
        waiting, over = self._queues[number], False
        try:
            while True:
                event = _next(waiting, seconds)
                over = isinstance(event, Done | Failed | GlassworksError)
                if isinstance(event, Done):
                    return
                if over:
                    raise as_error(event) if isinstance(event, Failed) else event
                yield event
        finally:
            self.drop(number)
            if not over:
                cancel(number)


def _next(waiting: "queue.SimpleQueue[Any]", seconds: float | None) -> Any:
    try:
        return waiting.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
