"""One worker process, seen from the page's side: starts it, sorts what it says, notices its end."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.core.errors import WorkerDiedError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.runtime.messages import Cancel, Held
from pipelines.runtime.operations import WorkerKind
from pipelines.runtime.streams import Streams
from pipelines.runtime.wire import Wire

_EXIT_SECONDS = 5.0


class WorkerProcess:
    """Begins to start when made; requests may be sent at once and wait in the socket.

    A thread of its own starts the process and stays until it ends: Linux kills the process with the thread
    that made it, so that must not be a visitor's short-lived one. ``ended`` is called from that thread.
    """

    def __init__(self, settings: Settings, kind: WorkerKind, ended: Callable[["WorkerProcess"], None]):
        self._settings, self._kind, self._ended = settings, kind, ended
        ours, self._theirs = socket.socketpair()
        self._wire = Wire(ours, kind.message_types())
        self._streams = Streams()
        self.held: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self.ready = False  # it has answered: one that never does is not started again by itself
        self.alive = True
        self._thread = threading.Thread(target=self._live, name=kind.title, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.alive else None

    def stream(self, request: Any, seconds: float | None = None) -> Iterator[Any]:
        """Events of one request; closing the iterator cancels it. WorkerDiedError if the process ends,
        TimeoutError after ``seconds`` without an event."""
        number = self._streams.open()
        try:
            self._send(number, request)
        except TypeError:
            self._streams.drop(number)
            raise
        return self._streams.read(number, lambda number: self._send(number, Cancel()), seconds)

    def close(self) -> None:
        """End the process and wait until it has; while it still starts, its closed socket ends it."""
        if self._process:
            self._process.terminate()
        self._wire.close()
        self._thread.join(2 * _EXIT_SECONDS)

    def _send(self, number: int, message: Any) -> None:
        with contextlib.suppress(OSError):  # the process has just ended: its streams are told so elsewhere
            self._wire.send(number, message)

    def _live(self) -> None:
        code = None
        try:
            self._process = self._spawn()
            self._sort_messages()
            self._wire.close()
            code = _wait(self._process)
        finally:
            self._theirs.close()
            self._wire.close()
            self.alive, self.held = False, ()
            self._ended(self)
            self._streams.end(WorkerDiedError(_why(self._kind, code)))

    def _sort_messages(self) -> None:
        while True:
            try:
                number, message = self._wire.receive()
            except EOFError:
                return
            if isinstance(message, Held):
                self.held, self.ready = message.models, True
            else:
                self._streams.deliver(number, message)

    def _spawn(self) -> subprocess.Popen[bytes]:
        fd = self._theirs.fileno()
        self._settings.home.mkdir(parents=True, exist_ok=True)
        log = self._settings.home / f"{self._kind.name}.log"
        if log.exists():  # what the last worker said is kept, what the one before it said is not
            os.replace(log, log.with_suffix(".log.old"))
        worker = (sys.executable, "-P", "-m", "pipelines.runtime.worker")
        command = [*worker, self._kind.name, str(fd), str(os.getpid())]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                pass_fds=(fd,),
                env=_environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._theirs.close()
        return process


# PASSIVE: threads that wait must not spin on a busy machine. And what is larger than so many bytes goes back
# to the system as soon as it is dropped (glibc): else what is kept of a long pass stands between its
# temporaries on the heap, which then grows by twice of it. In large pages that costs no time.
WORKER_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "MALLOC_MMAP_THRESHOLD_": "4000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


_SETTINGS = (
    "device",
    "max_models_gb",
    "threads",
    "database_url",
    "chroma_url",
    "max_upload_mb",
    "rag_max_chunks",
)


def _environment(settings: Settings) -> dict[str, str]:
    """The parent's environment, the settings, and what every worker is started with."""
    given = {f"GLASSWORKS_{name.upper()}": str(getattr(settings, name)) for name in _SETTINGS}
    path = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH", ""))))
    home = {"GLASSWORKS_HOME": str(settings.home.resolve())}
    return {**os.environ, **given, **home, **WORKER_ENVIRONMENT, "PYTHONPATH": path}


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _why(kind: WorkerKind, code: int | None) -> str:
    how = "was killed, perhaps for lack of memory" if code == -9 else "ended unexpectedly"
    return f"The {kind.title} {how}, and this answer is lost. A fresh one starts: please try again."
