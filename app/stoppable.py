"""A stream that another thread can end at once, even while it waits for its next event.

Gradio's own ``cancels=`` ends a handler from outside, and an update that is under way then still reaches the
page after the "stopped" state. Here the handler itself comes to its end and says so last.
"""

import contextvars
import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

_END = object()


class Stoppable:
    """Reads ``stream`` in a thread of its own. After :meth:`stop` the reader ends at once; the stream is
    closed (which cancels its request) as soon as its present step is over."""

    def __init__(self, stream: Generator[Any, None, None]):
        self._stream = stream
        self._seen = contextvars.copy_context()  # whose request it is: limits and ZeroGPU count by that
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Idempotent; safe from any thread."""
        self._stopped.set()
        self._events.put(_END)

    def events(self) -> Iterator[Any]:
        """What the stream yields, until its end or :meth:`stop`; what it raises is raised here."""
        threading.Thread(target=self._seen.run, args=(self._read,), name="stoppable", daemon=True).start()
        try:
            while not self._stopped.is_set():
                event = self._events.get()
                if event is _END or self._stopped.is_set():
                    return
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self._stopped.set()

    def _read(self) -> None:
        try:
            with closing(self._stream) as stream:
                for event in stream:
                    if self._stopped.is_set():
                        return
                    self._events.put(event)
        except Exception as error:
            self._events.put(error)
        finally:
            self._events.put(_END)
