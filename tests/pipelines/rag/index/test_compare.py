"""Every index over one collection, measured against comparing with all."""

from types import SimpleNamespace

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.answers import IndexCompared
from pipelines.rag.index import compare as module
from pipelines.rag.index.compare import compare
from pipelines.rag.index.vectors import Vectors
from pipelines.rag.requests import CompareIndexesRequest

A = "0b4xk2m9qwea"


class OneCollection:
    """What the handler is given, over one collection; ``asked`` are the questions that were embedded."""

    def __init__(self, settings, ids, rows):
        self.vectors, self.asked, self._rows = Vectors(settings), [], rows
        if len(ids):
            self.vectors.add(A, ids, rows)
        facts = SimpleNamespace(id=A, version=1, chunks=len(ids), spec=SimpleNamespace(embedder="it"))
        self.store = SimpleNamespace(collection=lambda id_: facts)

    def ready(self, name):
        assert name == "it"
        yield None
        return self

    def embed_query(self, text):
        self.asked.append(text)
        return self._rows[int(text)]


@pytest.fixture
def library(settings, some_vectors):
    return OneCollection(settings, *some_vectors(1500))


def rows_of(request, library):
    return [event for event in compare(request, library) if isinstance(event, IndexCompared)]


def test_each_index_is_measured_once_on_the_same_questions(library, settings):
    rows = rows_of(CompareIndexesRequest(A), library)
    assert [row.index for row in rows] == ["exact", "chroma hnsw", "faiss flat", "faiss hnsw", "faiss ivf"]
    assert {(row.queries, row.chunks) for row in rows} == {(200, 1500)}
    recall = {row.index: row.recall for row in rows}
    assert recall["exact"] == recall["faiss flat"] == 1
    assert all(0.5 < share <= 1 for share in recall.values())
    for row in rows:
        assert 0 < row.p50 <= row.p95 and row.build_seconds >= 0 and row.bytes >= 1500 * 16 * 4
    assert library.vectors._chroma.names() == [A]  # what was built to be measured is gone


def test_recall_is_the_share_of_the_exact_neighbours(library, monkeypatch):
    """An index that names every other neighbour only."""

    def half(name, vectors):
        yield None

        def search(question, k):
            order = np.argsort(-(vectors @ question))[: 2 * k : 2]
            return order, vectors[order] @ question

        return module._Index(name, search, 1)

    monkeypatch.setattr(module, "_BUILDERS", {"half": half})
    _, vectors = library.vectors.matrix(A, 1)
    distinct = [at for at in range(40) if ((vectors @ vectors[at]) > 0.99999).sum() == 1]
    library._rows = vectors
    request = CompareIndexesRequest(A, top_k=4, queries=tuple(str(at) for at in distinct))
    (row,) = rows_of(request, library)
    assert row.recall == pytest.approx(0.5, abs=0.02) and row.queries == len(distinct)


def test_questions_of_ones_own_are_embedded(library):
    rows = rows_of(CompareIndexesRequest(A, top_k=3, queries=("5", "9", "7")), library)
    assert library.asked == ["5", "9", "7"] and {row.queries for row in rows} == {3}


def test_a_small_collection_has_no_cells_and_fewer_neighbours(settings, some_vectors):
    rows = rows_of(CompareIndexesRequest(A, top_k=50), OneCollection(settings, *some_vectors(20)))
    assert [row.index for row in rows] == ["exact", "chroma hnsw", "faiss flat", "faiss hnsw"]
    assert all(row.recall == 1 and row.queries == 20 for row in rows)


def test_the_same_seed_draws_the_same_questions(library, monkeypatch):
    drawn = []
    monkeypatch.setattr(module, "_BUILDERS", {})
    of = module._Task.of
    monkeypatch.setattr(
        module._Task, "of", lambda vectors, questions, k: drawn.append(questions) or of(vectors, questions, k)
    )
    for seed in (1, 1, 2):
        rows_of(CompareIndexesRequest(A, seed=seed), library)
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])


def test_broken_off_nothing_is_left(library):
    going = compare(CompareIndexesRequest(A), library)
    while True:
        event = next(going)
        if isinstance(event, IndexCompared):
            break
    for _ in range(5):  # into the building of the next
        next(going)
    going.close()
    assert len(rows_of(CompareIndexesRequest(A), library)) == 5


def test_what_cannot_be_compared_says_so(settings, some_vectors, monkeypatch):
    empty = OneCollection(settings, [], np.zeros((0, 16), np.float32))
    with pytest.raises(GlassworksError, match="nothing in this collection"):
        rows_of(CompareIndexesRequest(A), empty)
    monkeypatch.setattr(module, "MOST", 10)
    with pytest.raises(GlassworksError, match="12 chunks; indexes of up to 10"):
        rows_of(CompareIndexesRequest(A), OneCollection(settings, *some_vectors(12)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0},
        {"top_k": 51},
        {"top_k": 1.5},
        {"seed": -1},
        {"queries": ("x" * 4001,)},
        {"queries": (3,)},
    ],
)
def test_a_request_outside_its_range(wrong):
    with pytest.raises(SpecError):
        CompareIndexesRequest(A, **wrong)
