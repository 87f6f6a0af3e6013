"""A real ``chroma run`` on loopback, with two of us at it."""

import socket
import subprocess
import sysconfig
import time
from pathlib import Path

import numpy as np
import pytest

from pipelines.core.settings import Settings
from pipelines.rag.index.vectors import Vectors

A = "0b4xk2m9qwea"

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of an empty one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sysconfig.get_path("scripts")) / "chroma"
    folder = tmp_path_factory.mktemp("chroma")
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
        try:
            _until_it_listens(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _until_it_listens(port, process):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("chroma run does not listen")


@pytest.fixture
def two(server, tmp_path):
    """Two replicas of the app, each with a home of its own."""
    pair = [Vectors(Settings(home=tmp_path / name, chroma_url=server)) for name in "ab"]
    yield pair
    pair[0].drop(A)


def test_what_one_writes_the_other_finds(two, some_vectors, tmp_path):
    one, other = two
    ids, rows = some_vectors(1200)  # more than are written at once
    assert other.count(A) == 0
    one.add(A, ids, rows)
    assert other.present(A, [*ids[:50], "nobody"]) == set(ids[:50]) and other.count(A) == 1200
    for index in ("exact", "hnsw", "faiss"):
        assert other.search(A, 1, rows[7], 1, index)[1][0] == pytest.approx(1, abs=1e-5)
    _, matrix = other.matrix(A, 1)
    np.testing.assert_allclose(matrix, rows[np.argsort(ids)], atol=1e-6)
    other.remove(A, ids[:100])
    assert one.present(A, ids) == set(ids[100:])
    assert not (tmp_path / "a" / "chroma").exists()


def test_a_collection_made_anew_by_one_is_found_by_the_other(two, some_vectors):
    one, other = two
    ids, rows = some_vectors(40)
    one.add(A, ids, rows)
    assert other.count(A) == 40
    one.drop(A)
    assert other.present(A, ids) == set() and other.search(A, 2, rows[0], 3)[0] == ()
    one.add(A, ids[:10], rows[:10])
    assert other.present(A, ids) == set(ids[:10])
    one.drop(A), one.add(A, ids, rows)
    other.add(A, ["new"], rows[:1])
    assert one.count(A) == 41


def test_its_disk_is_its_own(two, some_vectors):
    one, _ = two
    ids, rows = some_vectors(40)
    one.add(A, ids, rows)
    one.remove(A, ids[:30])
    assert list(one.compact(A)) == [] and one.sweep() == 0
    assert one.present(A, ids) == set(ids[30:])
