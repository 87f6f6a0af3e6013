"""The real app as a child process, for tests and benchmarks: start it, kill it, start it again.

Knows the app from outside only: its command, its environment, its address and its processes.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
QUIET = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "HF_HUB_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SERVER_NAME": "127.0.0.1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
}


def free_port() -> int:
    """A port that nobody listens on. Drawn below those that the kernel gives to connections, and at random:
    until the app listens there some seconds pass, in which tests beside this one look for theirs."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port := 20_000 + secrets.randbelow(12_000)))
            return port


class AppProcess:
    """``python app.py`` with ``home`` as its data folder. Use as a context manager: nothing outlives it."""

    # What Python is given.
    command = ("-m", "tests.support.late_app") if os.environ.get("LATE") else ("app.py",)

    def __init__(self, home: Path, **environment: str):
        self.home, self.port, self.root = Path(home).resolve(), free_port(), ROOT
        self.log = self.home.parent / f"{self.home.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        address = {"GRADIO_SERVER_PORT": str(self.port), "GLASSWORKS_HOME": str(self.home)}
        self._environment = {**os.environ, **QUIET, **address, **environment}

    def __enter__(self) -> "AppProcess":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self, wait: bool = True) -> "AppProcess":
        """Start the app, again on the same port if it ran before, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=self.root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait_until_it_answers()
        return self

    def wait_until_it_answers(self, seconds: float = 90) -> None:
        """Raise RuntimeError with the end of its log if the app ended, TimeoutError if it stays silent."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"app.py ended with {self.process.returncode}:\n{self.tail()}")
            try:
                with urllib.request.urlopen(self.url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise TimeoutError(f"app.py did not answer:\n{self.tail()}")

    def kill(self) -> None:
        """SIGKILL to the app's own process and to nothing else, as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the app, its children, and the job workers that work in its home, whoever started them."""
        doomed = [*self._family(), *self.job_workers()]
        for process in doomed:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(doomed, timeout=10)
        if self.process:
            self.process.wait(timeout=10)

    def job_workers(self) -> list[psutil.Process]:
        """The processes whose command line names a job directory under this home."""
        mark = str(self.home)
        return [p for p in psutil.process_iter() if any(mark in word for word in _command(p))]

    def children(self) -> list[psutil.Process]:
        """The app's living children, the inference worker among them."""
        return self._family()[1:]

    def tail(self, max_chars: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-max_chars:] if self.log.exists() else ""

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.process.pid) if self.process else None
            return [parent, *parent.children(recursive=True)] if parent else []
        except psutil.NoSuchProcess:
            return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
