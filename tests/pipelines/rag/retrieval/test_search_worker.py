"""The handler over what the retrieval worker really has: MiniLM, BM25 on the disk, Chroma."""

import pytest

from assets.recipes.rag_sections import Sections
from pipelines.models import minilm
from pipelines.rag.embedding.encoder import open_encoder
from pipelines.rag.index.vectors import Vectors
from pipelines.rag.requests import MapRequest, SearchRequest
from pipelines.rag.retrieval.map import mapped
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import SearchSpec

pytestmark = pytest.mark.skipif(minilm.folder() is None, reason="the package with MiniLM is not installed")
NOTES = {
    "kitchen.md": [
        "To bake bread, mix flour, water, salt and yeast, and let the dough rest overnight.",
        "A cast-iron pan is cleaned with salt and hot water, never with soap.",
        "Soft-boiled eggs take six minutes, hard-boiled ones ten.",
        "Basil loses its smell when it is cooked, so it is added at the end.",
    ],
    "garden.md": [
        "Tomatoes are planted outside after the last frost, in the middle of May.",
        "The blue watering can leaks; its order number is GX-4471.",
        "Snails are kept away from salad by a ring of coffee grounds.",
        "Apple trees are cut back in late winter, before the sap rises.",
    ],
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    from pipelines.core.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("worker"))
    settings.make_folders()
    encoder = open_encoder(minilm.NAME, settings)
    rows = encoder.embed([piece for pieces in NOTES.values() for piece in pieces])
    made = Sections(NOTES, encoder, rows, settings)
    vectors = Vectors(settings)
    vectors.add(made.id, list(made.store.rows), rows)
    made.plain, made.vectors = made.vectors, vectors
    return made


def found_by(library, query, **settings):
    *_, found = search(SearchRequest(library.id, query, SearchSpec(**settings)), library)
    return found


def first(library, query, **settings) -> str:
    return library.store.piece(found_by(library, query, top_k=1, **settings).hits[0])


def test_meaning_is_found_without_a_common_word(library):
    assert "Snails" in first(library, "How do I protect lettuce against slugs?", mode="dense")
    assert "Snails" in first(library, "How do I protect lettuce against slugs?")


def test_a_number_is_found_by_its_letters(library):
    assert "GX-4471" in first(library, "GX-4471", mode="bm25")
    assert "GX-4471" in first(library, "gx-4471")


def test_endings_do_not_matter_to_the_words(library):
    assert "Tomatoes" in first(library, "planting a tomato", mode="bm25")


@pytest.mark.parametrize("index", ["exact", "hnsw", "faiss"])
def test_every_index_finds_the_same_in_a_small_collection(library, index):
    usual, other = found_by(library, "cleaning pans"), found_by(library, "cleaning pans", index=index)
    assert other.hits == usual.hits and other.index == index
    assert other.scores == pytest.approx(usual.scores, abs=1e-4)


def test_the_fusion_is_that_of_plain_comparison(library):
    chroma = found_by(library, "eggs and salt", candidates=3)
    stored, library.vectors = library.vectors, library.plain
    try:
        plain = found_by(library, "eggs and salt", candidates=3)
    finally:
        library.vectors = stored
    assert chroma.stages[-1].ids == plain.stages[-1].ids
    assert chroma.stages[-1].scores == pytest.approx(plain.stages[-1].scores, abs=1e-4)


def test_variety_and_neighbours(library):
    found = found_by(library, "salt", mmr=0.4, neighbours=1, top_k=2)
    assert [stage.name for stage in found.stages][-2:] == ["mmr", "neighbours"]
    places = [(one.split(".")[0], int(one.split(".")[1])) for one in found.hits]
    assert len(set(places)) == len(places) > 2


def test_a_filter_holds_in_every_stage(library):
    found = found_by(library, "salt water", documents=("garden.md",))
    assert all(one.startswith("d1.") for stage in found.stages for one in stage.ids)


def test_what_the_documents_answer_is_told_from_what_they_do_not(library):
    for mode in ("hybrid", "dense", "bm25"):
        there = found_by(library, "What is the order number of the blue watering can?", mode=mode)
        elsewhere = found_by(library, "Who won the chess championship in 1972?", mode=mode)
        assert there.answerable > 0.5 > 0.2 > elsewhere.answerable


def test_the_map_places_the_question_by_its_neighbours(library):
    *_, found = mapped(MapRequest(library.id, "How long do eggs boil?", "pca"), library)
    assert found.points.shape == (8, 2) and found.query.shape == (2,) and 0 < found.explained < 1
