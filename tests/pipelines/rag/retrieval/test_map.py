"""The handler of MapRequest over a library in memory."""

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.requests import MapRequest
from pipelines.rag.retrieval import map as mapping
from pipelines.rag.retrieval.map import mapped, sample
from pipelines.rag.retrieval.projection import principal_plane
from pipelines.runtime.messages import Waiting
from tests.support.rag_library import FakeLibrary

TALES = {"a.txt": [f"fox number {n} ran home" for n in range(12)], "b.txt": ["a king", "a frog", "a crown"]}


def answer(library, query="", method="pca"):
    events = list(mapped(MapRequest("tales", query, method), library))
    *steps, found = events
    assert all(step is None or isinstance(step, Waiting) for step in steps)
    return found


def test_pca_places_every_chunk_and_the_question():
    library = FakeLibrary(TALES)
    found = answer(library, "fox number 3 ran home")
    plane = principal_plane(library.embedder.embed(list(library.chunks.values())))
    assert found.points.shape == (15, 2) and found.total == 15 and found.ids == tuple(library.chunks)
    assert np.isclose(found.explained, plane.explained)
    assert np.allclose(found.query, found.points[3], atol=1e-5), "the same words, the same place"
    assert found.names[0] == "a.txt" and found.names[-1] == "b.txt" and found.snippets[-1] == "a crown"


def test_tsne_has_no_share_of_the_variance():
    found = answer(FakeLibrary(TALES), "a king", "tsne")
    assert found.points.shape == (15, 2) and np.isnan(found.explained) and found.query.shape == (2,)


def test_without_a_question_there_is_none():
    assert answer(FakeLibrary(TALES)).query.shape == (0,)


def test_a_plane_is_computed_once(monkeypatch):
    library, counted = FakeLibrary(TALES), []
    real = mapping.principal_plane
    monkeypatch.setattr(mapping, "principal_plane", lambda v: counted.append(1) or real(v))
    answer(library, "fox"), answer(library, "king")
    assert counted == [1]


def test_a_large_collection_is_sampled(monkeypatch):
    monkeypatch.setitem(mapping.MOST, "pca", 6)
    found = answer(FakeLibrary(TALES))
    assert len(found.ids) == len(set(found.ids)) == 6 and found.total == 15
    assert sample(10, 20).tolist() == list(range(10)) and np.array_equal(sample(99, 9), sample(99, 9))


def test_what_was_deleted_is_not_drawn():
    library = FakeLibrary(TALES)
    del library.store.rows["d1.1"]
    assert "d1.1" not in answer(library).ids


def test_a_fault_is_told(monkeypatch):
    def fail(vectors):
        raise GlassworksError("no")

    monkeypatch.setattr(mapping, "principal_plane", fail)
    with pytest.raises(GlassworksError, match="no"):
        answer(FakeLibrary(TALES))


def test_nothing_to_draw_is_said():
    with pytest.raises(GlassworksError, match="nothing in this collection"):
        answer(FakeLibrary({}))


def test_another_method_is_refused():
    with pytest.raises(SpecError, match="method accepts one of pca, tsne"):
        answer(FakeLibrary(TALES), method="umap")
