"""Far too large uploads, over the real route: refused early, the memory flat, nothing left on the disk."""

import gzip
import json
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.core.settings import REPOSITORY
from tests.support.app_process import AppProcess

pytestmark = [pytest.mark.process, pytest.mark.slow]
GB = 1_000_000_000
MB = 1_000_000
BLOCK = bytes(MB)
HEAD = (
    b"--edge\r\n"
    b'Content-Disposition: form-data; name="files"; filename="corpus.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
)
TAIL = b"\r\n--edge--\r\n"


class Upload:
    """A multipart POST of ``size`` bytes as curl sends it: it stops when the server has answered."""

    def __init__(self, app: AppProcess, size: int, declared: bool):
        self.sent, self._size, self._declared = 0, size, declared
        self._socket = socket.create_connection(("127.0.0.1", app.port), timeout=60)

    def send(self, leave_after: int | None = None) -> str:
        """The answer as text; empty for a client that leaves in the middle."""
        length = len(HEAD) + self._size + len(TAIL)
        told = f"Content-Length: {length}" if self._declared else "Transfer-Encoding: chunked"
        self._socket.sendall(
            f"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\n{told}\r\n"
            "Content-Type: multipart/form-data; boundary=edge\r\n\r\n".encode()
        )
        for block in self._blocks():
            if leave_after is not None and self.sent > leave_after:
                self._socket.close()
                return ""
            if self._answered() or not self._pass(block):
                break
        return self._answer()

    def _answered(self) -> bool:
        """Not by ``select.select``, which takes no descriptor above 1,023: others' tests have many open."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return bool(waiting.poll(0))

    def _blocks(self) -> Iterator[bytes]:
        yield HEAD
        yield from (BLOCK for _ in range(self._size // MB))
        yield TAIL

    def _pass(self, block: bytes) -> bool:
        framed = block if self._declared else b"%x\r\n%s\r\n" % (len(block), block)
        try:
            self._socket.sendall(framed)
        except OSError:
            return False
        self.sent += len(block)
        return True

    def _answer(self) -> str:
        """Head and body, which may come in several pieces."""
        with self._socket:
            answer = b""
            while not _is_whole(answer) and (piece := self._socket.recv(65_536)):
                answer += piece
        return answer.decode()


def _is_whole(answer: bytes) -> bool:
    """Whether all is there that the head of an HTTP answer tells of; without a length, the head alone."""
    head, end, body = answer.partition(b"\r\n\r\n")
    told = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    return bool(end) and len(body) >= (int(told[1]) if told else 0)


class Memory:
    """The most resident memory of a process while the block runs, over what it had before, in bytes."""

    def __init__(self, pid: int):
        self._process, self._done = psutil.Process(pid), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.grown = 0

    def __enter__(self) -> "Memory":
        self._before = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.grown = max(self.grown, self._process.memory_info().rss - self._before)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """Its own folder for temporary files, so that what is left behind is seen."""
    temporary = tmp_path_factory.mktemp("temporary")
    with AppProcess(tmp_path_factory.mktemp("app") / "home", TMPDIR=str(temporary)) as running:
        yield running


def left_behind(app: AppProcess) -> int:
    """Bytes in large files below the data folder and the folder of temporary files."""
    folders = (app.home, Path(app._environment["TMPDIR"]))
    sizes = [f.stat().st_size for folder in folders for f in folder.rglob("*") if f.is_file()]
    return sum(size for size in sizes if size > MB // 2)


def wait_until_tidy(app: AppProcess, before: int, seconds: float = 30) -> None:
    """The server notices a client that has left a moment later."""
    end = time.monotonic() + seconds
    while left_behind(app) > before:
        assert time.monotonic() < end, f"{left_behind(app) - before:,} bytes stay on the disk"
        time.sleep(0.1)


@pytest.mark.parametrize("declared", [True, False], ids=["length declared", "chunked"])
def test_a_gigabyte_is_refused_with_the_limit_named(app, declared):
    before, upload = left_behind(app), Upload(app, GB, declared)
    with Memory(app.process.pid) as memory:
        answer = upload.send()
    assert answer.startswith("HTTP/1.1 413"), answer[:500]
    named = ("at most 201 MB are accepted", "maximum allowed size of 209715200 bytes")  # ours, or Gradio's
    assert any(words in answer for words in named), answer[:500]
    assert upload.sent < (50 * MB if declared else 300 * MB), "it was refused late"
    assert memory.grown < 150 * MB, f"the server grew by {memory.grown:,} bytes"
    wait_until_tidy(app, before)


def test_a_file_within_the_limit_is_streamed_to_disk(app):
    with Memory(app.process.pid) as memory:
        answer = Upload(app, 190 * MB, True).send()
    assert answer.startswith("HTTP/1.1 200"), answer[:500]
    (path,) = json.loads(answer.partition("\r\n\r\n")[2])
    assert Path(path).stat().st_size == 190 * MB
    assert memory.grown < 150 * MB, f"the server grew by {memory.grown:,} bytes"
    Path(path).unlink()


def test_a_client_that_leaves_in_the_middle_leaves_nothing(app):
    before = left_behind(app)
    Upload(app, 190 * MB, True).send(leave_after=100 * MB)
    wait_until_tidy(app, before)


BOMB = """
import resource, sys
from pathlib import Path
from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.training.corpora import CorpusStore

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = peak()
store = CorpusStore(Settings(home=sys.argv[2], max_upload_mb=20))
try:
    store.add_file(Path(sys.argv[1]), "bomb.txt.gz", "somebody")
except GlassworksError as error:
    print((peak() - before) // 1024, error)
"""


@pytest.mark.parametrize("line", [b"a line of text\n", b"no end " * 8], ids=["lines", "one endless line"])
def test_a_gzip_bomb_is_refused_in_little_memory(tmp_path, line):
    """240 MB of text in a file of two or less; 20 MB may be uploaded, and unpack to ten times as much."""
    bomb, home = tmp_path / "bomb.txt.gz", tmp_path / "home"
    with gzip.open(bomb, "wb", compresslevel=1) as out:
        block = line * (8 * MB // len(line))
        for _ in range(30):
            out.write(block)
    assert bomb.stat().st_size < 4 * MB
    told = subprocess.run(
        [sys.executable, "-c", BOMB, str(bomb), str(home)], cwd=REPOSITORY, capture_output=True, text=True
    )
    grown, _, message = told.stdout.partition(" ")
    assert "unpacks to more than 200 MB" in message, told
    assert int(grown) < 100, told.stdout
    assert not list((home / "uploads").iterdir()), "what was refused stays on the disk"
