"""The runtime without a process: the same engine in a thread here, for tests and benchmarks."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.core.errors import WorkerDiedError
from pipelines.core.settings import Settings
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Held
from pipelines.runtime.streams import Streams


class InlineRuntime:
    """Has what :class:`pipelines.runtime.client.RuntimeClient` has. Importing this module imports no torch;
    starting it does."""

    pid = None

    def __init__(self, settings: Settings, build: Callable[..., Engine] | None = None):
        self._settings, self._build = settings, build
        self._streams, self._held = Streams(), ()
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def start(self) -> None:
        self._running()

    def stream(self, request: Any) -> Iterator[Any]:
        engine, number = self._running(), self._streams.open()
        engine.submit(number, request)
        yield from self._streams.read(number, engine.cancel)

    def call(self, request: Any) -> list[Any]:
        return list(self.stream(request))

    def loaded(self) -> tuple[str, ...]:
        return self._held

    def close(self) -> None:
        if self._engine:
            self._engine.close()
        self._streams.end(WorkerDiedError("The runtime was closed before this answer was done."))

    def _running(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = (self._build or _serving())(self._settings, self._take)
                threading.Thread(target=self._engine.run, name="engine", daemon=True).start()
            return self._engine

    def _take(self, number: int, message: Any) -> None:
        if isinstance(message, Held):
            self._held = message.models
        else:
            self._streams.deliver(number, message)


def _serving() -> Callable[..., Engine]:
    from pipelines.runtime.serving import build_engine

    return build_engine
