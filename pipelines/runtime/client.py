"""What the page calls for anything that a worker computes: requests in, events out. Imports no torch."""

import threading
from collections.abc import Iterator
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.runtime.operations import INFERENCE, WorkerKind
from pipelines.runtime.process import WorkerProcess


class RuntimeClient:
    """Thread-safe, with any number of streams at a time; keeps one worker process of its kind going.

    With ``seconds``, a worker that says nothing for so long on an open stream is ended and replaced: for work
    that is short unless its input is hostile.
    """

    def __init__(self, settings: Settings, kind: WorkerKind = INFERENCE, seconds: float | None = None):
        self._settings, self._kind, self._seconds = settings, kind, seconds
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._closed = self._stillborn = False

    def start(self) -> None:
        """Start the worker if none is running; returns at once."""
        self._closed = False
        self._running()

    def stream(self, request: Any) -> Iterator[Any]:
        """The request's events; closing the iterator cancels the request, and a cancelled stream simply ends.

        Raises the GlassworksError that the request failed with, WorkerDiedError if the process ended.
        """
        worker = self._running()
        try:
            yield from worker.stream(request, self._seconds)
        except TimeoutError:
            worker.close()
            raise GlassworksError(
                f"This took longer than {self._seconds:.0f} seconds and was ended; try less text, or another "
                "tokenizer."
            ) from None

    def call(self, request: Any) -> list[Any]:
        """All events of a request that is over soon."""
        return list(self.stream(request))

    def close(self) -> None:
        """End the worker; streams that are open raise WorkerDiedError."""
        with self._lock:
            self._closed, worker = True, self._worker
        if worker:
            worker.close()

    def loaded(self) -> tuple[str, ...]:
        """Names of the models in the worker's memory, most recently used last."""
        worker = self._worker
        return worker.held if worker else ()

    @property
    def startable(self) -> bool:
        """False from when a worker has ended before it was up until one is up."""
        worker = self._worker
        return not self._stillborn or (worker is not None and worker.ready)

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        worker = self._worker
        return worker.pid if worker else None

    def _running(self) -> WorkerProcess:
        with self._lock:
            if self._worker is None or not self._worker.alive:
                self._worker = WorkerProcess(self._settings, self._kind, self._ended)
            return self._worker

    def _ended(self, worker: WorkerProcess) -> None:
        """Replace a worker that has worked; one that never came up waits for the next request."""
        self._stillborn = not (worker.ready or self._closed)
        if worker.ready and not self._closed:
            self._running()
