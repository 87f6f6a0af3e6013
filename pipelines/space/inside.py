"""Runs within the seal: starts the app of a tree as a Space would, asks it for its page, and ends it.

``python -m pipelines.space.inside TREE HOME SECONDS`` prints one line of JSON, a :class:`Seen`.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_CORES = 2  # what CPU Basic has
_PORT = 7860
# Not 127.0.0.1: an app that listens on that alone is not reached here, and on a Space by nobody.
_ADDRESS = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
_OUTSIDE = ("192.0.2.1", 443)  # an address kept for documentation
_TAIL = 3000


@dataclass(frozen=True)
class Seen:
    """``shut``: no connection came out. ``page`` and ``ready``: what was answered, empty where nothing was;
    ``code`` is what the app ended with by itself."""

    shut: bool
    page: str = ""
    ready: str = ""
    seconds: float = 0.0
    code: int | None = None
    log: str = ""


def look(tree: Path, home: Path, seconds: float) -> Seen:
    """Start the app in ``tree`` with its data in ``home``, and wait ``seconds`` at most until it is ready."""
    _loopback_up()
    port = _free_port()
    log = home.parent / "app.log"
    with log.open("wb") as out:
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=tree,
            env={**os.environ, "GRADIO_SERVER_PORT": str(port), "GLASSWORKS_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_on_few_cores,
        )
    begun = time.monotonic()
    try:
        page = _asked(app, port, "", begun + seconds)
        taken = time.monotonic() - begun
        ready = _asked(app, port, "readyz", begun + seconds) if page else ""
        return Seen(_is_shut(), page, ready, taken, app.poll(), _tail(log))
    finally:
        _end(app)


def _asked(app: subprocess.Popen, port: int, path: str, until: float) -> str:
    """The answer to ``GET /path``, asked again until it is 200; empty if the time or the app ends before."""
    request = urllib.request.Request(f"http://{_ADDRESS}:{port}/{path}", headers={"Accept": "text/html"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until and app.poll() is None:
        with suppress(urllib.error.URLError, OSError), direct.open(request, timeout=10) as answer:
            return answer.read().decode("utf-8", "replace")
        time.sleep(0.2)
    return ""


def _end(app: subprocess.Popen) -> None:
    """As the Hub does: a word, then the end of all that is left."""
    if app.poll() is None:
        app.terminate()
        with suppress(subprocess.TimeoutExpired):
            app.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(app.pid, signal.SIGKILL)
    app.wait()


def _is_shut() -> bool:
    try:
        with socket.create_connection(_OUTSIDE, timeout=2):
            return False
    except TimeoutError:
        return False  # it went out, and nobody answered
    except OSError:
        return True


def _loopback_up() -> None:
    """In a new network even the loopback is down; elsewhere this changes nothing."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, get_flags, asked))[1]
        if not flags & up:
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", flags | up))


def _free_port() -> int:
    """The Hub's own where it is free, which it is in a network of one's own."""
    for port in (_PORT, 0):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("0.0.0.0", port))
            return probe.getsockname()[1]
    raise OSError("no port is free")


def _on_few_cores() -> None:
    if choose := getattr(os, "sched_setaffinity", None):
        choose(0, sorted(os.sched_getaffinity(0))[:_CORES])


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-_TAIL:]


def main(told: Callable[[str], None] = print) -> None:
    tree, home, seconds = sys.argv[1:]
    told(json.dumps(asdict(look(Path(tree), Path(home), float(seconds)))))


if __name__ == "__main__":
    main()
