"""A Hub on loopback whose memory can be read again, and which fails when it is told to: with any status,
slowly, or not answering at all.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.support.hub_writing import READER, WRITER, Written
from tests.support.loopback import answering

FREE = {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": WRITER}


@dataclass
class Fault:
    """Answers the next ``times`` requests whose path has ``on`` in it; a status of 0 hangs up."""

    status: int
    times: int = 1
    on: str = "/commit/"
    headers: dict[str, str] = field(default_factory=dict)


class KeepingHub(ThreadingHTTPServer):
    """``slow`` are the seconds that a commit takes; ``commits`` the moments at which one was made."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Routes)
        self.written, self.lock = Written(), threading.Lock()
        self.faults: list[Fault] = []
        self.commits: list[float] = []
        self.refused: list[tuple[int, float]] = []
        self.slow = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that may write here."""
        return {**FREE, "HF_ENDPOINT": self.address}

    def fail(self, status: int, times: int = 1, on: str = "/commit/", **headers: str) -> None:
        with self.lock:
            self.faults.append(Fault(status, times, on, headers))

    def fault_for(self, path: str) -> Fault | None:
        with self.lock:
            found = next((one for one in self.faults if one.times > 0 and one.on in path), None)
            if found:
                found.times -= 1
                self.refused.append((found.status, time.monotonic()))
            return found

    def text(self, repo: str, path: str) -> str:
        return self.written.files[repo, path].decode()

    def names(self, repo: str) -> list[str]:
        return sorted(path for of, path in self.written.files if of == repo)


@contextmanager
def keeping_hub() -> Iterator[KeepingHub]:
    """Answers until the end of the block."""
    with answering(KeepingHub()) as server:
        yield server


class _Routes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._failed(path):
            return
        if "/commit/" in path:
            time.sleep(hub.slow)
        with hub.lock:
            status, told = hub.written.answer(self.command, path, self._token(), sent, hub.address)
            if "/commit/" in path and status == 200:
                hub.commits.append(time.monotonic())
        unknown = {"X-Error-Code": "RepoNotFound"} if status == 404 else {}
        self._answer(status, json.dumps(told).encode(), {"Content-Type": "application/json", **unknown})

    do_PUT = do_POST

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        if not self._failed(path):
            self._read(path)

    do_HEAD = do_GET

    def _read(self, path: str) -> None:
        hub, kind = self.server, "/api/" if path.startswith("/api/") else "/"
        plain = path.removeprefix(kind).removeprefix("datasets/").removeprefix("models/")
        owner, name, *rest = plain.split("/")
        repo = f"{owner}/{name}"
        if repo not in hub.written.repos or self._token() not in (WRITER, READER):
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif kind == "/api/":
            siblings = [{"rfilename": one} for one in hub.names(repo)]
            told = {"id": repo, "sha": _sha(os.urandom(8)), "siblings": siblings, "tags": []}
            self._answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})
        elif (content := hub.written.files.get((repo, "/".join(rest[2:])))) is None:
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            sha = _sha(content)
            self._answer(200, content, {"ETag": f'"{sha}"', "X-Repo-Commit": sha})

    def _failed(self, path: str) -> bool:
        fault = self.server.fault_for(path)
        if fault and fault.status:
            self._answer(fault.status, b"{}", fault.headers)
        elif fault:
            self.close_connection = True
            self.connection.close()
        return fault is not None

    def _token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _sha(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
