"""A Hub on loopback with one repository, which speaks the few routes that a download needs, and those of an
upload (:mod:`tests.support.hub_writing`).
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.hub_writing import Written
from tests.support.loopback import answering

_COMMIT = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves one folder as a model, or as a data set, and remembers what was asked for (``GET /path``).

    A repository called ``gated/…`` asks for a token; there is no other.
    """

    def __init__(self, folder: Path, repo: str, kind: str = "models"):
        super().__init__(("127.0.0.1", 0), _Routes)
        self.folder, self.repo, self.kind, self.asked = folder, repo, kind, []
        self.written = Written()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def files_at(self) -> str:
        return f"/{self.repo}/resolve/" if self.kind == "models" else f"/{self.kind}/{self.repo}/resolve/"

    def files(self) -> list[dict]:
        found = [(str(f.relative_to(self.folder)), f) for f in sorted(self.folder.rglob("*")) if f.is_file()]
        return [
            {"rfilename": name, "path": name, "type": "file", "size": f.stat().st_size, "oid": _etag(f)}
            for name, f in found
        ]


@contextmanager
def hub_with(folder: Path, repo: str, kind: str = "models") -> Iterator[FakeHub]:
    """A :class:`FakeHub` that answers until the end of the block."""
    with answering(FakeHub(folder, repo, kind)) as server:
        yield server


class _Routes(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_POST(self) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        hub.asked.append(f"{self.command} {path}")
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, told = hub.written.answer(self.command, path, token, sent, hub.address)
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_POST

    def do_GET(self, body: bool = True) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        if path == "/api/whoami-v2":
            self.do_POST()
            return
        hub.asked.append(f"{self.command} {path}")
        about = f"/api/{hub.kind}/{hub.repo}"
        file = hub.folder / path.removeprefix(hub.files_at).partition("/")[2]  # after the revision
        if hub.kind == "spaces" and hub.repo not in hub.written.repos:
            self._refuse(False, False)
        elif path.startswith(f"{about}/tree/"):
            self._answer(json.dumps(hub.files()).encode(), body)
        elif path.startswith(about):
            info = {"id": hub.repo, "sha": _COMMIT, "siblings": hub.files(), "tags": []}
            self._answer(json.dumps(info).encode(), body)
        elif path.startswith(hub.files_at) and file.is_file():
            self._answer(file.read_bytes(), body, _etag(file))
        else:
            self._refuse("gated/" in path, hub.repo in path)

    def _answer(self, content: bytes, body: bool, etag: str = "x") -> None:
        """All of it, or the bytes that a reader asks for."""
        first, last, code = 0, len(content) - 1, 200
        if asked := self.headers.get("Range"):
            low, _, high = asked.removeprefix("bytes=").partition("-")
            first, last, code = int(low), min(int(high or last), last), 206
        part = content[first : last + 1]
        self.send_response(code)
        headers = {"Content-Length": len(part), "ETag": f'"{etag}"', "X-Repo-Commit": _COMMIT}
        headers |= {"Content-Range": f"bytes {first}-{last}/{len(content)}"} if code == 206 else {}
        for name, value in {**headers, "Accept-Ranges": "bytes"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if body:
            self.wfile.write(part)

    def _refuse(self, gated: bool, known: bool) -> None:
        self.send_response(403 if gated else 404)
        reason = "GatedRepo" if gated else "EntryNotFound" if known else "RepoNotFound"
        self.send_header("X-Error-Code", reason)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()
