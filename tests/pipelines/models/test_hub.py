"""Fetching from a Hub on loopback that speaks the few routes a download needs."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest

from pipelines.core.errors import NotFoundError
from pipelines.models import hub
from pipelines.models.hub import HubError, fetch, files_to_fetch

COMMIT = "a" * 40
LIMIT = 10_000_000


class FakeHub(ThreadingHTTPServer):
    """Serves one folder as ``owner/name`` and remembers which paths were asked for."""

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), _Routes)
        self.folder, self.asked = folder, []

    def files(self) -> list[dict]:
        return [
            {"rfilename": f.name, "path": f.name, "type": "file", "size": f.stat().st_size, "oid": _etag(f)}
            for f in sorted(self.folder.iterdir())
        ]


class _Routes(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        if path.startswith("/api/models/owner/name/tree/"):
            self._answer(json.dumps(self.server.files()).encode(), body)
        elif path.startswith("/api/models/owner/name"):
            info = {"id": "owner/name", "sha": COMMIT, "siblings": self.server.files()}
            self._answer(json.dumps(info).encode(), body)
        elif path.startswith(f"/owner/name/resolve/{COMMIT}/"):
            file = self.server.folder / path.rpartition("/")[2]
            self._answer(file.read_bytes(), body, _etag(file))
        else:
            self._refuse()

    def _answer(self, content: bytes, body: bool, etag: str = "x") -> None:
        self.send_response(200)
        headers = {"Content-Type": "application/json", "Content-Length": len(content), "ETag": f'"{etag}"'}
        for name, value in {**headers, "X-Repo-Commit": COMMIT}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _refuse(self) -> None:
        gated = "gated" in self.path
        self.send_response(403 if gated else 404)
        self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()


@pytest.fixture
def fake_hub(save_tiny, tmp_path, monkeypatch):
    """A Hub that has one model, with files beside it that must not be fetched; an empty cache."""
    folder = save_tiny(tmp_path / "remote")
    for name in ("pytorch_model.bin", "modeling_evil.py", "README.md", "copy.safetensors"):
        (folder / name).write_text("never fetched")
    server = FakeHub(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    yield server
    server.shutdown()
    server.server_close()


def test_a_model_is_fetched_without_pickles_and_code_and_only_once(fake_hub):
    folder = fetch("owner/name", LIMIT)
    got = {f.name for f in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= got
    assert not got & {"pytorch_model.bin", "modeling_evil.py", "README.md", "copy.safetensors"}
    fake_hub.asked.clear()
    assert fetch("owner/name", LIMIT) == folder
    assert fake_hub.asked == []


def test_a_model_over_the_limit_is_refused_before_its_first_byte(fake_hub):
    with pytest.raises(HubError, match="GLASSWORKS_MAX_MODELS_GB"):
        fetch("owner/name", 1000)
    assert not any("resolve" in path for path in fake_hub.asked)


def test_only_pickled_weights(fake_hub):
    (fake_hub.folder / "model.safetensors").unlink()
    with pytest.raises(HubError, match="no safetensors weights"):
        fetch("owner/name", LIMIT)
    assert not any("resolve" in path for path in fake_hub.asked)


def test_a_download_cut_short_is_taken_up_again(fake_hub):
    folder = fetch("owner/name", LIMIT)
    (folder / "model.safetensors").unlink()
    assert (fetch("owner/name", LIMIT) / "model.safetensors").is_file()


def test_no_such_model(fake_hub):
    with pytest.raises(NotFoundError, match="owner/name"):
        fetch("other/name", LIMIT)


def test_a_gated_model_says_what_to_do(fake_hub):
    with pytest.raises(HubError, match="HF_TOKEN"):
        fetch("gated/name", LIMIT)


def test_no_network_says_how_to_go_on(fake_hub, monkeypatch):
    fake_hub.shutdown()
    fake_hub.server_close()
    with pytest.raises(HubError, match="path:<folder>"):
        fetch("owner/name", LIMIT)


def test_offline_mode_says_the_same(fake_hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="path:<folder>"):
        fetch("owner/name", LIMIT)


def test_shards_are_fetched_only_without_the_single_file():
    index, shards = "model.safetensors.index.json", ["model-1.safetensors", "model-2.safetensors"]
    assert files_to_fetch([index, *shards, "consolidated.safetensors"]) == [index, *shards]
    assert files_to_fetch(["model.safetensors", *shards]) == ["model.safetensors"]
    assert files_to_fetch(["a/config.json", "x.py", "y.bin", "merges.txt"]) == ["merges.txt"]


def test_a_space_does_not_lend_its_token(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/space")
    assert hub._api().token is False
