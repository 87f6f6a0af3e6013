"""Vectors in Chroma: what is written is found, by every index, by whoever opens the folder next."""

import subprocess
import sys

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.rag.index import vectors as module
from pipelines.rag.index.chroma import address
from pipelines.rag.index.vectors import Vectors
from tests.support.imports import ROOT

A, B = "0b4xk2m9qwea", "0b4xk2m9qweb"


@pytest.fixture
def vectors(settings):
    return Vectors(settings)


def brute(ids, rows, vector, k, allowed=None):
    """The k nearest by sorting all, the first id of equals."""
    cosines = np.round(rows.astype(np.float64) @ vector.astype(np.float64), 5)
    among = [at for at in range(len(ids)) if allowed is None or ids[at] in allowed]
    order = sorted(among, key=lambda at: (-cosines[at], ids[at]))[:k]
    return [ids[at] for at in order], [cosines[at] for at in order]


@pytest.mark.parametrize("index", ["auto", "exact", "hnsw", "faiss"])
def test_every_index_finds_what_sorting_finds(vectors, some_vectors, index, monkeypatch):
    monkeypatch.setattr(module, "_FEW", 10)  # so that more are looked for among what the graph names
    ids, rows = some_vectors(400)
    vectors.add(A, ids, rows)
    draw = np.random.default_rng(1)
    for k in (1, 5, 30):
        for allowed in (
            None,
            set(draw.choice(ids, 200).tolist()),
            set(draw.choice(ids, 12).tolist()),
            {"no"},
        ):
            vector = rows[draw.integers(400)]
            found, scores, served = vectors.search(A, 1, vector, k, index, allowed)
            _, cosines = brute(ids, rows, vector, k, allowed)
            np.testing.assert_allclose(scores, cosines, atol=2e-5)  # recall 1 at this size; equals may differ
            assert len(set(found)) == len(found) and set(found) <= (allowed or set(ids))
            assert list(scores) == sorted(scores, reverse=True)
            few = allowed is not None and len(allowed) <= max(10, k)
            assert served == ("exact" if few or index == "auto" else index)


def test_the_first_of_equals_is_the_same_in_every_index(vectors):
    rows = np.eye(8, dtype=np.float32)[[3] * 30]
    vectors.add(A, [f"c{at:02d}" for at in range(29, -1, -1)], rows)
    for index in ("exact", "faiss"):
        found, _, _ = vectors.search(A, 1, rows[0], 5, index)
        assert len(found) == 5 and list(found) == sorted(found)
        assert index == "faiss" or found == ("c00", "c01", "c02", "c03", "c04")


def test_auto_takes_the_graph_of_a_large_collection(vectors, some_vectors, monkeypatch):
    monkeypatch.setattr(module, "EXACT_UP_TO", 50)
    ids, rows = some_vectors(60)
    vectors.add(A, ids, rows)
    assert vectors.search(A, 1, rows[0], 3)[2] == "hnsw"
    list(vectors.prepare(A, 1))
    assert vectors._matrices.get(A, 1) is None  # nothing has to be in memory
    assert vectors.search(A, 1, rows[0], 3, allowed=set(ids[:20]))[2] == "exact"
    found, few = vectors.rows(A, 1, [*ids[:20], "nobody"])
    assert list(found) == sorted(ids[:20]) and few.shape == (20, 16) and vectors._matrices.get(A, 1) is None


def test_matrix_holds_all_in_the_order_of_ids_and_is_read_once_a_version(vectors, some_vectors):
    ids, rows = some_vectors(700)  # more than are read at once
    vectors.add(A, ids, rows)
    steps = list(vectors.prepare(A, 3, "exact"))
    assert len(steps) == 2
    found, matrix = vectors.matrix(A, 3)
    assert list(found) == sorted(ids) and matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, rows[np.argsort(ids)], atol=1e-6)
    assert vectors.matrix(A, 3)[1] is matrix
    vectors.add(A, ["new"], rows[:1])
    assert vectors.matrix(A, 3)[1] is matrix and len(vectors.matrix(A, 4)[0]) == 701


def test_an_id_that_is_there_gets_the_new_vector(vectors, some_vectors):
    ids, rows = some_vectors(30)
    vectors.add(A, ids, rows)
    vectors.add(A, ids[:5], rows[10:15])
    assert vectors.count(A) == 30
    found, matrix = vectors.matrix(A, 1)
    np.testing.assert_allclose(matrix[found.index(ids[2])], rows[12], atol=1e-6)


def test_present_and_removed(vectors, some_vectors):
    ids, rows = some_vectors(60)
    vectors.add(A, ids, rows)
    vectors.remove(A, [*ids[:25], "nobody"])
    assert vectors.present(A, [*ids, "nobody"]) == set(ids[25:])
    for index in ("exact", "hnsw", "faiss"):
        found, _, _ = vectors.search(A, 1, rows[3], 60, index)
        assert set(found) == set(ids[25:])


def test_collections_know_nothing_of_each_other(vectors, some_vectors):
    ids, rows = some_vectors(20)
    vectors.add(A, ids, rows)
    vectors.add(B, ids[:3], np.eye(5, dtype=np.float32)[:3])  # of another model
    vectors.remove(B, ids[:1])
    assert vectors.count(A) == 20 and vectors.present(B, ids) == set(ids[1:3])
    vectors.drop(A)
    assert vectors.present(A, ids) == set() and vectors.count(B) == 2


def test_what_is_not_there_is_empty(vectors):
    assert vectors.present(A, ["a"]) == set() and vectors.count(A) == 0
    assert vectors.matrix(A, 1)[0] == () and vectors.rows(A, 1, ["a"])[0] == ()
    for index in ("auto", "exact", "hnsw", "faiss"):
        assert vectors.search(A, 1, np.ones(4, np.float32), 3, index)[:2] == ((), ())
    vectors.remove(A, ["a"]), vectors.drop(A)
    assert list(vectors.compact(A)) == [] and vectors.sweep() == 0


def test_an_index_that_there_is_not(vectors):
    with pytest.raises(SpecError, match="auto, exact, hnsw, faiss"):
        vectors.search(A, 1, np.ones(4, np.float32), 3, "annoy")


READS = """
import sys
from pathlib import Path
from pipelines.core.settings import Settings
from pipelines.rag.index.vectors import Vectors
ids, matrix = Vectors(Settings(home=Path(sys.argv[1]))).matrix(sys.argv[2], 1)
print(len(ids), float(matrix.sum()))
"""


def test_another_process_finds_them_after_this_one(settings, some_vectors):
    ids, rows = some_vectors(50)
    script = READS.replace("ids, matrix =", "import json\nids, matrix =")
    Vectors(settings).add(A, ids, rows)
    told = subprocess.run(
        [sys.executable, "-c", script, str(settings.home), A],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    count, total = told.stdout.split()
    assert int(count) == 50 and float(total) == pytest.approx(float(rows.sum()), abs=1e-3)


def test_no_model_is_ever_asked_for(settings, some_vectors, monkeypatch):
    """Chroma's default embedding function downloads one when it is called."""
    from chromadb.api.types import DefaultEmbeddingFunction
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2

    def called(self, input=None):  # chromadb looks at the names
        raise AssertionError("an embedding function was called")

    monkeypatch.setattr(DefaultEmbeddingFunction, "__call__", called)
    monkeypatch.setattr(ONNXMiniLM_L6_V2, "_download_model_if_not_exists", called)
    ids, rows = some_vectors(30)
    for _ in range(2):  # as it is made, and as it is found again
        vectors = Vectors(settings)
        vectors.add(A, ids, rows)
        assert vectors.search(A, 1, rows[0], 2, "hnsw")[2] == "hnsw" and vectors.present(A, ids) == set(ids)
        vectors.remove(A, ids[:2]), list(vectors.compact(A)), vectors.sweep()


@pytest.mark.parametrize("url", ["chroma:8000", "ftp://chroma", "http://", "http://chroma:port", "x"])
def test_an_address_that_is_none(url):
    with pytest.raises(SpecError, match="GLASSWORKS_CHROMA_URL accepts the address of a chroma server"):
        address(url)


def test_a_server_that_does_not_answer_is_named(tmp_path):
    vectors = Vectors(Settings(home=tmp_path, chroma_url="http://127.0.0.1:9"))
    with pytest.raises(GlassworksError, match=r"cannot be reached.*GLASSWORKS_CHROMA_URL"):
        vectors.present(A, ["a"])
