"""The far side of a borrowed GPU: what runs in the copy of the page's process that ZeroGPU makes for a call.

A copy serves one call at a time and may be asked again, still with its models. Knows nothing of ``spaces``,
which makes the copies and carries requests and events between them and the page.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Done, Failed

_PULSE_SECONDS = 0.05
_WAIT_SECONDS = 0.02


class Borrower:
    """Made on the near side; its engine on the far one, at the first call there: no thread and no lock of an
    engine may cross."""

    def __init__(self, settings: Settings, build: Callable[..., Engine] | None = None):
        self._settings, self._build = settings, build
        self._engine: Engine | None = None
        self._numbers = itertools.count(1)
        self._told: deque[Any] = deque()

    def events(self, request: Any, earlier: Any = None, seconds: int = 0) -> Iterator[Any]:
        """The request's events, a Failed as the last of them where it fails; None now and then, so that a
        stream that nobody reads any more is noticed between two events.

        ``earlier`` is a request that this one looks back at: it is answered once more, unheard, where this
        copy has not seen it. ``seconds`` is how long the GPU was asked for, and for the lender alone.
        """
        for event in self._answer(request):
            forgotten = isinstance(event, Failed) and event.kind == NotFoundError.__name__
            if earlier is None or not forgotten:
                yield event
                continue
            yield from (None for _ in self._answer(earlier))
            yield from self._answer(request)

    def _answer(self, request: Any) -> Iterator[Any]:
        engine, number, pulse = self._running(), next(self._numbers), time.monotonic()
        engine.submit(number, request)
        over = False
        try:
            while not over:
                moved = engine.step()
                while self._told:
                    event = self._told.popleft()
                    over = isinstance(event, Done | Failed)
                    if not isinstance(event, Done):
                        yield event
                if not moved:
                    time.sleep(_WAIT_SECONDS)
                if time.monotonic() - pulse >= _PULSE_SECONDS:
                    pulse = time.monotonic()
                    yield None
        finally:
            engine.cancel(number)
            engine.step()  # ends it where it stands; nothing else is active
            self._told.clear()

    def _running(self) -> Engine:
        if self._engine is None:
            self._engine = (self._build or _serving())(self._settings, self._take)
        return self._engine

    def _take(self, number: int, message: Any) -> None:
        if number:  # 0: which models are held, which nobody asks here
            self._told.append(message)


def _serving() -> Callable[..., Engine]:
    from pipelines.runtime.serving import build_engine

    return build_engine
