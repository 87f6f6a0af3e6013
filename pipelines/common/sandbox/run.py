"""Run Python code that nobody has read: no files, no network, no other program, little memory and time.

Two ways, the first that works on this machine: the process confines itself by Landlock and seccomp, or
bubblewrap puts it into namespaces of its own. Where neither works nothing is run, and it is said why.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import IO, Literal

from pipelines.core.errors import GlassworksError, SpecError

_CHILD = Path(__file__).with_name("child.py")
_BLOCK = 1 << 14
_WAYS = ("inside", "around")
# A way counts only if this prints what it should: the file is there, and must not be readable.
_PROBE = """
import json, math
try:
    open({file!r})
except OSError:
    print("blind")
"""


class NoSandboxError(GlassworksError):
    """Nothing on this machine can hold such code."""


@dataclass(frozen=True)
class Limits:
    """``memory`` in bytes of address space, ``seconds`` of computing and, doubled, of waiting; ``output`` in
    bytes each of what is printed and of errors."""

    memory: int = 512 << 20
    seconds: int = 10
    output: int = 64 << 10

    def __post_init__(self) -> None:
        for name, low, high in (("memory", 64 << 20, 16 << 30), ("seconds", 1, 600), ("output", 1, 16 << 20)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise SpecError(name, value, f"a whole number from {low:,} to {high:,}")


@dataclass(frozen=True)
class Ran:
    """``state`` is done, failed (it raised, or left with an error), late (out of time), full (out of memory)
    or loud (it printed too much); ``errors`` is what it wrote there, with the traceback."""

    state: Literal["done", "failed", "late", "full", "loud"]
    output: str
    errors: str


def run_python(code: str, limits: Limits = Limits()) -> Ran:
    """Run ``code`` as a program. Raises :class:`NoSandboxError` where no way to confine it works."""
    return _ran(code, limits, way())


@cache
def way() -> str:
    """``inside`` or ``around``. Raises :class:`NoSandboxError` with the reasons why neither works."""
    reasons = []
    with tempfile.NamedTemporaryFile() as file:
        for name in _WAYS:
            try:
                found = _ran(_PROBE.format(file=file.name), Limits(), name)
            except NoSandboxError as error:
                reasons.append(str(error))
                continue
            if (found.state, found.output.strip()) == ("done", "blind"):
                return name
            reasons.append(found.errors.strip()[-300:] or f"{name}: files could be read")
    raise NoSandboxError(f"No sandbox works on this machine, so the code is not run. {'; '.join(reasons)}")


def _ran(code: str, limits: Limits, how: str) -> Ran:
    started = [*_before(how), sys.executable, "-I", "-S", "-B", str(_CHILD)]
    told = [str(limits.memory), str(limits.seconds), how]
    process = subprocess.Popen(
        [*started, *told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONIOENCODING": "utf-8"},
        cwd="/",
        start_new_session=True,
    )
    output, errors = (
        _Heard(process.stdout, limits.output, process),
        _Heard(process.stderr, limits.output, process),
    )
    late = threading.Timer(2 * limits.seconds, process.kill)
    late.start()
    try:
        _tell(process, code)
        output.join()
        errors.join()
        left = process.wait()
    finally:
        late.cancel()
        process.kill()
    return Ran(_state(left, output, errors), output.text, errors.text)


def _tell(process: subprocess.Popen, code: str) -> None:
    try:
        process.stdin.write(code.encode("utf-8", "replace"))
        process.stdin.close()
    except BrokenPipeError:  # it left before it read all
        pass


def _state(left: int, output: "_Heard", errors: "_Heard") -> str:
    if output.loud or errors.loud:
        return "loud"
    if left == 0:
        return "done"
    if left < 0 or left - 128 in (SIGKILL, SIGXCPU):  # of the clock, by us or by the kernel
        return "late"
    return "full" if errors.text.rstrip().endswith("MemoryError") else "failed"


class _Heard(threading.Thread):
    """What comes out of a pipe, up to so many bytes; the process is ended where there is more."""

    def __init__(self, pipe: IO[bytes], most: int, process: subprocess.Popen):
        super().__init__(daemon=True)
        self._pipe, self._most, self._process = pipe, most, process
        self._data, self.loud = b"", False
        self.start()

    def run(self) -> None:
        for block in self._blocks():
            self._data += block
            if len(self._data) > self._most:
                self.loud = True
                self._process.kill()
                return

    def _blocks(self) -> Iterator[bytes]:
        with self._pipe:
            while block := self._pipe.read1(_BLOCK):
                yield block

    @property
    def text(self) -> str:
        return self._data[: self._most].decode("utf-8", "replace")


def _before(how: str) -> Sequence[str]:
    """The program that surrounds Python, if one does."""
    if how == "inside":
        return ()
    found = shutil.which("bwrap")
    if found is None:
        raise NoSandboxError("bubblewrap is not installed")
    shown = ("/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix, str(_CHILD.parent))
    bound = [part for folder in dict.fromkeys(shown) for part in ("--ro-bind-try", folder, folder)]
    return (found, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL",
            *bound, "--proc", "/proc", "--dev", "/dev", "--chdir", "/")  # fmt: skip
