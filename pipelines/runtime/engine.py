"""Many requests, one compute thread: active requests advance one step each in turn.

Knows no processes and no models: a handler is a generator, and an event goes out through ``send``.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.runtime.faults import as_failed
from pipelines.runtime.messages import Done, Waiting
from pipelines.runtime.operations import Handler

_POLL_SECONDS = 0.02  # how often requests that all wait (for a model, say) are asked again

_log = logging.getLogger(__name__)


@dataclass
class _Stream:
    number: int
    steps: Iterator[Any]


class Engine:
    """``submit`` and ``cancel`` may be called from any thread; :meth:`run` from one.

    A new request takes its first step before those at work take their next, then queues like them: a request
    of one step waits for one step of another at the most.
    """

    def __init__(self, handlers: Mapping[type, Handler], models: Any, send: Callable[[int, Any], None]):
        self._handlers, self._models, self._send = handlers, models, send
        self._changed = threading.Condition()
        self._arrived: deque[tuple[int, Any]] = deque()
        self._cancelled: set[int] = set()
        self._active: deque[_Stream] = deque()
        self._closed = False

    def submit(self, number: int, request: Any) -> None:
        with self._changed:
            self._arrived.append((number, request))
            self._changed.notify()

    def cancel(self, number: int) -> None:
        """The stream ends before its next step with ``Done(cancelled=True)``; unknown numbers are ignored."""
        with self._changed:
            self._cancelled.add(number)
            self._changed.notify()

    def close(self) -> None:
        """Let :meth:`run` return after the step it is in."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        """Advance requests until :meth:`close`; sleeps while there is nothing to do."""
        waiting = 0  # steps in a row that only waited: when all do, sleep
        while self._sleep(all_wait=waiting >= len(self._active)):
            waiting = 0 if self.step() else waiting + 1
        while self._active:
            _end(self._active.popleft())

    def step(self) -> bool:
        """Advance the request whose turn it is; False when there is none or it only waits."""
        self._take_in()
        if not self._active:
            return False
        stream = self._active.popleft()
        try:
            event = next(stream.steps)
            if event is not None and not isinstance(event, Waiting):
                self._send(stream.number, event)
        except StopIteration:
            self._send(stream.number, Done())
            return True
        except Exception as error:  # of this request alone: the others go on
            _end(stream)
            self._send(stream.number, as_failed(error))
            return True
        self._active.append(stream)
        return not isinstance(event, Waiting)

    def _sleep(self, all_wait: bool) -> bool:
        """Sleep if nothing can advance; False once closed."""
        with self._changed:
            if all_wait and not (self._arrived or self._cancelled or self._closed):
                self._changed.wait(_POLL_SECONDS if self._active else None)
            return not self._closed

    def _take_in(self) -> None:
        """Put what arrived before what is at work, in the order of arrival; end what was cancelled."""
        with self._changed:
            arrived, self._arrived = list(self._arrived), deque()
            cancelled, self._cancelled = self._cancelled, set()
        for number, request in reversed(arrived):
            self._active.appendleft(_Stream(number, self._handle(request)))
        for stream in [s for s in self._active if s.number in cancelled]:
            self._active.remove(stream)
            _end(stream)
            self._send(stream.number, Done(cancelled=True))

    def _handle(self, request: Any) -> Iterator[Any]:
        """A generator in its own right, so that a request no one handles fails like any other."""
        handler = self._handlers.get(type(request))
        if handler is None:
            raise TypeError(f"no operation takes {type(request).__name__}")
        yield from handler(request, self._models)


def _end(stream: _Stream) -> None:
    """End the handler where it stands, so that it gives back what it holds."""
    try:
        stream.steps.close()
    except Exception:
        _log.exception("request %d failed while it was ended", stream.number)
