"""Reads documents in a bounded process of its own, so that no file can harm or hold up who asked for it.
Standard library and core only; the libraries that know the formats are imported in that process alone."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.rag.documents.document import Document
from pipelines.rag.documents.kinds import ACCEPTED, SUFFIXES, kind_of, safe_name
from pipelines.rag.documents.limits import STANDARD, Limits
from pipelines.rag.documents.wire import LATE, read_document_from

__all__ = ["ACCEPTED", "SUFFIXES", "Limits", "Reading", "kind_of", "read_document", "read_text", "safe_name"]

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")  # no tokens, no secrets
_GRACE = 5  # seconds beyond the process's own clock
_PAUSE = 0.005


class Reading:
    """One document on its way. ``name`` is what its owner calls the file: its end says how it is read, and
    it is shown without folders. All faults come from :meth:`result`. Close it when it is no longer wanted."""

    def __init__(self, path: Path, name: str, limits: Limits = STANDARD):
        self._limits, self._found = limits, None
        self._process: subprocess.Popen | None = None
        self._answer: BinaryIO | None = None
        self._fault: GlassworksError | None = None
        self.name = "The file"
        try:
            self.name = safe_name(name)
            self._begin(path)
        except GlassworksError as error:
            self._fault = error
        except OSError:
            self._fault = GlassworksError(f"{self.name}: the file cannot be opened; add it again.")

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def done(self) -> bool:
        """Whether :meth:`result` answers at once. A process that is out of time is ended."""
        if self._fault or self._process.poll() is not None:
            return True
        if time.monotonic() > self._end:
            self._kill()
            self._fault = self._late()
        return self._fault is not None

    def result(self) -> Document:
        """Waits for it. Raises :class:`GlassworksError` that says what is wrong or what is accepted."""
        while not self.done():
            time.sleep(_PAUSE)
        if not (self._fault or self._found):
            self._take()
        if self._fault:
            raise self._fault
        return self._found

    def close(self) -> None:
        """Ends the process where it still runs, and gives everything back."""
        if not (self._fault or self._found):
            self._fault = GlassworksError(f"{self.name}: its reading was ended.")
        if self._process is not None:
            self._kill()
        if self._answer is not None:
            self._answer.close()

    def _begin(self, path: Path) -> None:
        self._check(path.stat().st_size)
        told = {"name": self.name, "kind": kind_of(self.name), "parent": os.getpid()}
        told["limits"] = dataclasses.asdict(self._limits)
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115
        self._end = time.monotonic() + 2 * self._limits.seconds + _GRACE
        with path.open("rb") as source:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-m", "pipelines.rag.documents.child", json.dumps(told)],
                stdin=source,
                stdout=self._answer,
                stderr=subprocess.DEVNULL,
                cwd=REPOSITORY,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )

    def _check(self, size: int) -> None:
        if not size:
            raise GlassworksError(f"{self.name}: it is empty; a document with some text is accepted.")
        if size > self._limits.bytes:
            most = self._limits.bytes // 1_000_000
            raise GlassworksError(f"{self.name}: it is larger than the {most:,} MB accepted; split it.")

    def _take(self) -> None:
        """The document, or the fault, that the ended process left."""
        try:
            if self._process.returncode:
                raise ValueError("it ended early")
            self._answer.seek(0)
            self._found = read_document_from(self._answer, self.name, kind_of(self.name))
        except GlassworksError as error:
            self._fault = error
        except ValueError:
            self._fault = self._broken_off(self._process.returncode)

    def _broken_off(self, status: int) -> GlassworksError:
        if status in (LATE, -signal.SIGXCPU):
            return self._late()
        if status == -signal.SIGKILL:
            why = "its reading was ended, perhaps for lack of memory; add it again"
        else:
            why = "it cannot be read; open it elsewhere and save it anew, or as text"
        return GlassworksError(f"{self.name}: {why}.")

    def _late(self) -> GlassworksError:
        most = self._limits.seconds
        return GlassworksError(f"{self.name}: its reading took longer than the {most:,} s allowed; split it.")

    def _kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def read_document(path: Path, name: str, limits: Limits = STANDARD) -> Document:
    """Blocks until it is read. Raises :class:`GlassworksError`."""
    with Reading(path, name, limits) as reading:
        return reading.result()


def read_text(text: str, name: str = "pasted.txt", limits: Limits = STANDARD) -> Document:
    """A text that was pasted, read as a file of that name would be. Raises :class:`GlassworksError`."""
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text.encode("utf-8", "ignore"))
        file.flush()
        return read_document(Path(file.name), name, limits)
