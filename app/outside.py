"""Work in a process of its own, for what is large or may crash: its lines of output as they come. Closing the
generator ends the process with all that it has started; so does the end of the app.
"""

import contextlib
import os
import queue
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from typing import Any

from pipelines.core.errors import WorkerDiedError
from pipelines.core.settings import REPOSITORY, Settings

_LOOK_SECONDS = 0.5
_OWN = ("GLASSWORKS_DATABASE_URL", "GLASSWORKS_OWNER_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


def lines_of(settings: Settings, module: str, *arguments: str, told: str = "") -> Generator[str, None, int]:
    """Each line that ``python -m module`` writes, and an empty one now and then while it writes nothing;
    returns its exit code. ``told`` is its standard input. It gets none of the server's own tokens.

    Raises WorkerDiedError for a process that was killed, as when the memory is full.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    environment |= {"GLASSWORKS_HOME": str(settings.home.resolve()), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.outside", str(os.getpid()), module, *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{told}\n")
            process.stdin.close()
        yield from _read(process)
        code = process.wait()
    finally:
        _end(process)
    if code < 0:
        raise WorkerDiedError("The process that did this was ended from outside: is the memory full?")
    return code


def _read(process: subprocess.Popen) -> Generator[str, None, None]:
    said: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def drain() -> None:
        for line in process.stdout:
            said.put(line.rstrip("\n"))
        said.put(None)

    threading.Thread(target=drain, name="outside", daemon=True).start()
    while True:
        try:
            line = said.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _main(parent: str, module: str, *arguments: str) -> None:
    """In the new process: end with the app, then become the module. The system's own signal for that follows
    the thread that began us, and a handler's threads come and go, so the parent is looked at instead."""
    threading.Thread(target=_end_with, args=(int(parent),), name="parent", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    _main(*sys.argv[1:])
