"""A tree is started as a Space would start it, with no network and on files that it cannot write."""

import json
from pathlib import Path

import pytest

from pipelines.space import sealed, starting
from pipelines.space.starting import starts
from pipelines.space.targets import TARGETS
from pipelines.space.tree import Tree
from tests.support.space_trees import put, write_tree

LONG, SHORT = 60.0, 3.0  # for what is answered, and for what never is
SERVES = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

{before}

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = {{"/": "Small " + json.dumps(dict(os.environ)), "/readyz": {ready!r}}}.get(self.path, "")
        self.send_response(200 if body else 503)
        self.end_headers()
        self.wfile.write(body.encode())

address = {address}, int(os.environ["GRADIO_SERVER_PORT"])
HTTPServer(address, Page).serve_forever()
"""
THEIRS = 'os.environ["GRADIO_SERVER_NAME"]'


@pytest.fixture(params=["namespaces", "guard"])
def seal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tree is sealed in each of the two ways."""
    if request.param == "guard":
        monkeypatch.setattr(sealed, "namespaces", lambda: False)
    elif not sealed.namespaces():
        pytest.skip("this kernel gives no namespaces of one's own")
    return request.param


def tree(tmp_path: Path, before: str = "", address: str = THEIRS, ready: str = "yes") -> Tree:
    root = write_tree(tmp_path / "tree")
    put(root, "app.py", SERVES.format(before=before, address=address, ready=ready))
    return Tree(root, TARGETS["cpu"])


def test_an_app_that_answers_has_no_faults(tmp_path, seal):
    made = tree(tmp_path)
    before = {name: (made.root / name).stat().st_mtime_ns for name in made.files}
    assert list(starts(made, LONG)) == []
    after = Tree(made.root, made.target).files
    assert {name: (made.root / name).stat().st_mtime_ns for name in after} == before


def test_it_sees_a_spaces_environment_and_none_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "ours")
    (home := tmp_path / "scratch").mkdir()
    page = starting._seen(tree(tmp_path).root, home, LONG).page
    environment = json.loads(page.removeprefix("Small "))
    assert environment["SYSTEM"] == "spaces" and environment["SPACE_ID"]
    assert environment["GLASSWORKS_HOME"].startswith(str(home)) and "HF_TOKEN" not in environment


@pytest.mark.parametrize("address", ["'127.0.0.1'", "'localhost'"])
def test_an_app_that_listens_on_loopback_alone_is_told(tmp_path, address):
    [told] = starts(tree(tmp_path, address=address), SHORT)
    assert "not loopback alone" in told


LEAVES = (
    "import urllib.request; urllib.request.urlopen('http://example.org', timeout=5)",
    "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)",
)


@pytest.mark.parametrize("before", LEAVES)
def test_an_app_that_needs_the_network_is_told(tmp_path, seal, before):
    [told] = starts(tree(tmp_path, before), LONG)
    assert "app.py ended with 1" in told and (
        "unreachable" in told or "name resolution" in told or "refused" in told
    )


def test_an_app_that_writes_beside_itself_is_told(tmp_path):
    if not sealed.namespaces():
        pytest.skip("root may write everywhere where there are no namespaces")
    [told] = starts(tree(tmp_path, "open('app/log.txt', 'w')"), LONG)
    assert "app.py ended with 1" in told and "Read-only file system" in told


def test_an_app_that_ends_is_told_with_its_last_words(tmp_path):
    [told] = starts(tree(tmp_path, "sys.exit('the last words')"), LONG)
    assert "app.py ended with 1" in told and "the last words" in told


def test_an_app_that_is_never_ready_is_told(tmp_path):
    [told] = starts(tree(tmp_path, ready=""), SHORT + 3)
    assert "/readyz" in told or "no page" in told


def test_a_page_of_another_app_is_told(tmp_path):
    made = tree(tmp_path)
    put(made.root, "README.md", "---\ntitle: Great\n---\n")
    [told] = starts(made, LONG)
    assert "does not hold its title" in told


def test_nothing_lives_on(tmp_path):
    import psutil

    mark = f"left-{tmp_path.name}-{id(tmp_path)}"
    sleeps = f"[sys.executable, '-c', 'import time; time.sleep(99)', {mark!r}]"
    child = f"import subprocess; subprocess.Popen({sleeps})"
    assert list(starts(tree(tmp_path, child), LONG)) == []
    assert not [one for one in psutil.process_iter(["cmdline"]) if mark in (one.info["cmdline"] or [])]
