"""Reads one document in a process of its own: the file on standard input, the answer on standard output.
``python -m pipelines.rag.documents.child '{"name": …, "kind": …, "parent": …, "limits": {…}}'``

Files come from strangers, and the libraries that read them are large. So this process has little memory and
time, ends with its parent, and where the kernel can do it (Landlock, seccomp) opens no file but the
libraries' own, no connection and no other process.
"""

import contextlib
import json
import logging
import os
import re
import resource
import signal
import sys
import sysconfig
import time
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.common.sandbox import landlock, seccomp
from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.document import Document
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.wire import LATE, write_document, write_error

_NEARLY = 0.8
_PACKAGE = Path(__file__).resolve().parents[2]


def main() -> None:
    told = json.loads(sys.argv[1])
    name, limits = told["name"], Limits(**told["limits"])
    limit_memory_and_time(limits, told["parent"])
    memory = Memory(limits.memory)
    confine()
    logging.disable()  # what the libraries think of the file is for nobody
    out = sys.stdout.buffer
    try:
        write_document(out, parsed(sys.stdin.buffer, name, told["kind"], limits))
    except GlassworksError as error:
        write_error(out, f"{name}: {error}")
    except Exception as fault:  # the libraries raise nearly anything for a damaged file
        write_error(out, f"{name}: {_reason(fault, memory)}")
    out.flush()
    os._exit(0)  # without a tidying up, in the midst of which the clock's signal would end it


def parsed(source: BinaryIO, name: str, kind: str, limits: Limits) -> Document:
    """Raises :class:`GlassworksError` with the reason, or what the libraries raise."""
    draft = Draft(kind, limits)
    reader: Any = import_module(f"pipelines.rag.documents.formats.{kind}")
    reader.read(source, name, draft)
    document = draft.document(name)
    if not document.text.strip():
        raise GlassworksError("it is empty; a document with some text is accepted.")
    return document


class Memory:
    """How near the process came to its bound of so many bytes. Libraries in C call a lack of memory by many
    names, so it is measured."""

    def __init__(self, most: int):
        self.most = most
        self._status: BinaryIO | None = None
        with contextlib.suppress(OSError):  # only Linux tells; opened now, since later no file can be
            self._status = open("/proc/self/status", "rb")  # noqa: SIM115

    @property
    def full(self) -> bool:
        if self._status is None:
            return False
        self._status.seek(0)
        peak = re.search(rb"VmPeak:\s*(\d+) kB", self._status.read())
        return peak is not None and int(peak[1]) << 10 > _NEARLY * self.most


def limit_memory_and_time(limits: Limits, parent: int) -> None:
    most_out = 4 * limits.characters + (64 << 20)  # UTF-8, and the marks
    bounds = (
        (resource.RLIMIT_AS, limits.memory, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds, limits.seconds + 5),  # the signal first, then the kill
        (resource.RLIMIT_FSIZE, most_out, most_out),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    )
    for what, *wanted in bounds:
        hard = resource.getrlimit(what)[1]
        soft, most = (each if hard == resource.RLIM_INFINITY else min(each, hard) for each in wanted)
        with contextlib.suppress(ValueError, OSError):  # macOS bounds no address space
            resource.setrlimit(what, (soft, most))
    end = time.monotonic() + 2 * limits.seconds

    def look(*_: Any) -> None:
        if os.getppid() != parent or time.monotonic() > end:
            os._exit(LATE)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)


def confine() -> None:
    """As far as this kernel can. Without it the limits still hold, and no code from the file is run."""
    if not seccomp.is_known():
        return
    own = (
        sysconfig.get_paths()["stdlib"],
        f"{sys.base_prefix}/lib",
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
    )
    packages = (path for path in sys.path if path and Path(path) != _PACKAGE.parent and os.path.isdir(path))
    with contextlib.suppress(OSError):
        landlock.see_only({*own, *packages, str(_PACKAGE)})
    with contextlib.suppress(OSError):
        seccomp.refuse()


def _reason(fault: Exception, memory: Memory) -> str:
    if isinstance(fault, MemoryError) or memory.full:
        return f"to read it takes more than {memory.most >> 20:,} MB of memory; split it, or save it as text."
    if isinstance(fault, RecursionError):
        return "it is nested too deeply to be read; save it as text."
    return "it is damaged, or is not what its name says; open it elsewhere and save it anew."


if __name__ == "__main__":
    main()
