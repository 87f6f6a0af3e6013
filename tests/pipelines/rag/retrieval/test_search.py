"""The handler over a library in memory: stages as they were asked for, identities between them, and nothing
that was not allowed."""

import random

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.rag.answers import Found
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import SearchSpec
from tests.support.rag_library import FakeLibrary, words_of

FOX = {
    "fox.txt": [
        "The fox found a red hen near the river.",
        "He ran home to his den and slept.",
        "In the morning the hen was gone.",
        "The fox was sad and hungry all day.",
    ],
    "king.txt": [
        "A king had three daughters and a golden crown.",
        "The crown fell into the deep river.",
        "A frog brought the crown to the youngest daughter.",
    ],
    "copy.txt": ["the  fox found a RED hen near the river."],
}
WORDS = sorted({word for chunks in FOX.values() for chunk in chunks for word in words_of(chunk)})


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary(FOX)


def found_by(library: FakeLibrary, query: str, queries=(), hypothetical="", **settings) -> Found:
    request = SearchRequest("tales", query, SearchSpec(**settings), queries, hypothetical)
    events = [event for event in search(request, library) if event is not None]
    assert len(events) == 1
    return events[0]


def stage(found: Found, name: str):
    return next(one for one in found.stages if one.name == name)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"mode": "bm25"}, ["bm25"]),
        ({"mode": "dense"}, ["dense"]),
        ({}, ["bm25", "dense", "fusion"]),
        ({"fusion": "rrf", "mmr": 0.5}, ["bm25", "dense", "fusion", "mmr"]),
        ({"neighbours": 1}, ["bm25", "dense", "fusion", "neighbours"]),
        ({"mode": "bm25", "mmr": 0.5, "neighbours": 2}, ["bm25", "mmr", "neighbours"]),
    ],
)
def test_stages_are_those_that_were_asked_for(library, settings, names):
    found = found_by(library, "golden crown", documents=("fox.txt", "king.txt"), **settings)
    assert [one.name for one in found.stages] == names
    assert all(one.seconds >= 0 and one.note for one in found.stages)


def test_the_words_decide_in_bm25_and_no_model_is_asked(library):
    found = found_by(library, "frog crown", mode="bm25", top_k=2)
    assert found.hits[0] == "d1.2" and len(found.hits) == 2
    assert found.index == "none" and not library.embedder.asked
    assert list(stage(found, "bm25").ids) == ["d1.2", "d1.1", "d1.0"], "no chunk without a word"


def test_passages_hold_every_id_with_its_place_and_text(library):
    found = found_by(library, "who found the hen?", neighbours=1)
    by_id = {passage.id: passage for passage in found.passages}
    assert {one for s in found.stages for one in s.ids} | set(found.hits) <= by_id.keys()
    for one in by_id.values():
        assert library.text("tales", one.document)[one.start : one.end] == one.text == library.chunks[one.id]
        assert one.name in FOX


def test_the_fusion_scores_every_candidate_of_either(library):
    found = found_by(library, "deep river", candidates=2, dense_weight=0.4)
    bm25, dense, fusion = (stage(found, name) for name in ("bm25", "dense", "fusion"))
    assert len(bm25.ids) == len(dense.ids) == 2
    candidates = dict.fromkeys((*bm25.ids, *dense.ids))
    assert set(fusion.ids) == set(candidates)
    words = {one: library.lexical.score("deep river", one) for one in candidates}
    vector = library.embedder.embed(["deep river"])[0]
    meaning = {one: float(library.embedder.embed([library.chunks[one]])[0] @ vector) for one in candidates}

    def scaled(scores):
        low, high = min(scores.values()), max(scores.values())
        return {one: (score - low) / (high - low) for one, score in scores.items()}

    expected = {one: 0.4 * scaled(meaning)[one] + 0.6 * scaled(words)[one] for one in candidates}
    assert dict(zip(fusion.ids, fusion.scores, strict=True)) == pytest.approx(expected, abs=1e-5)


def test_a_question_without_a_known_word_has_no_share_from_bm25(library):
    found = found_by(library, "zyzzyva quokka", dense_weight=0.3)
    assert stage(found, "bm25").ids == () and stage(found, "fusion").scores[0] == pytest.approx(0.3)
    assert stage(found, "fusion").ids == stage(found, "dense").ids


def test_copies_are_left_out_once_and_said(library):
    found = found_by(library, "red hen near the river", top_k=5)
    assert "d0.0" in found.hits and "d2.0" not in found.hits
    assert stage(found, "copies").note.startswith("1 with the same words")


def test_several_wordings_find_what_each_alone_finds(library):
    one = found_by(library, "golden", mode="bm25")
    two = found_by(library, "hungry", mode="bm25")
    both = found_by(library, "golden", queries=("hungry", "golden", " "), mode="bm25")
    assert set(both.hits) == set(one.hits) | set(two.hits)
    assert "best of 2 wordings" in stage(both, "bm25").note


def test_an_invented_answer_moves_the_dense_retriever(library):
    plain = found_by(library, "what happened?", mode="dense")
    moved = found_by(library, "what happened?", hypothetical="A frog brought a crown", mode="dense")
    assert plain.hits[0] != "d1.2" and moved.hits[0] == "d1.2"
    a, b = library.embedder.embed(["what happened?", "A frog brought a crown"])
    mean = (a + b) / np.linalg.norm(a + b)
    best = library.embedder.embed([library.chunks["d1.2"]])[0]
    assert stage(moved, "dense").scores[0] == pytest.approx(float(best @ mean), abs=1e-5)
    assert moved.answerable == plain.answerable, "the collection holds no more for it"


def test_the_same_search_has_the_same_answer(library):
    first, second = (found_by(library, "the", top_k=8) for _ in range(2))
    assert first.hits == second.hits and first.scores == second.scores


def test_a_reranker_has_the_last_word():
    class Longest:
        asked: list[int] = []

        def score(self, question, texts):
            self.asked.append(len(texts))
            return [float(len(text)) for text in texts]

    library = FakeLibrary(FOX, {"owner/longest": Longest()})
    found = found_by(library, "the crown and the hen", reranker="owner/longest", top_k=3)
    read = stage(found, "rerank")
    lengths = {one: len(library.chunks[one]) for one in read.ids}
    assert list(read.scores) == sorted(lengths.values(), reverse=True) and found.hits == read.ids[:3]
    assert max(Longest.asked) <= 4, "a step reads few, so that others are answered between"
    varied = found_by(library, "the crown and the hen", reranker="owner/longest", top_k=2, mmr=0.5)
    assert len(stage(varied, "mmr").ids) == 6 and set(stage(varied, "rerank").ids) == set(
        stage(varied, "mmr").ids
    )


def test_neighbours_come_with_their_hit(library):
    found = found_by(library, "slept", mode="bm25", top_k=1, neighbours=1)
    assert found.hits == ("d0.0", "d0.1", "d0.2") and len(set(found.scores)) == 1


def test_fuzz_hits_are_candidates_and_no_more_than_asked(library):
    rng = random.Random(0)
    for _ in range(150):
        settings = {
            "mode": rng.choice(["hybrid", "dense", "bm25"]),
            "fusion": rng.choice(["weighted", "rrf"]),
            "top_k": rng.randint(1, 9),
            "candidates": rng.randint(1, 9),
            "dense_weight": rng.choice([0.0, 0.3, 1.0]),
            "mmr": rng.choice([1.0, 0.5, 0.0]),
            "neighbours": rng.choice([0, 0, 1, 3]),
            "documents": rng.choice([(), ("fox.txt",), ("d1", "copy.txt")]),
            "index": rng.choice(["auto", "exact", "hnsw"]),
        }
        query = " ".join(rng.choices([*WORDS, "unheard"], k=rng.randint(1, 5)))
        found = found_by(library, query, **settings)
        first = {one for s in found.stages if s.name in ("bm25", "dense") for one in s.ids}
        reach = settings["neighbours"]
        assert len(found.hits) == len(set(found.hits)) == len(found.scores)
        assert len(found.hits) <= settings["top_k"] * (2 * reach + 1)
        if not reach:
            assert set(found.hits) <= first
            assert list(found.scores) == sorted(found.scores, reverse=True) or settings["mmr"] < 1
        for one in found.stages:
            assert len(one.ids) == len(set(one.ids)) == len(one.scores)
        if settings["documents"] and not reach:
            names = {"fox.txt": "d0", "d1": "d1", "copy.txt": "d2"}
            wanted = {names[name] for name in settings["documents"]}
            assert {one.split(".")[0] for one in found.hits} <= wanted
        assert 0 <= found.answerable <= 1


def test_a_chunk_that_is_gone_is_not_shown(library):
    del library.store.rows["d1.2"]
    found = found_by(library, "frog crown", neighbours=1)
    assert all("d1.2" not in one.ids for one in found.stages) and "d1.2" not in found.hits


def test_a_document_that_is_gone_is_not_shown(library):
    del library.store.texts["d1"]
    found = found_by(library, "frog crown fox")
    assert found.hits and not any(one.startswith("d1") for one in found.hits)


def test_nothing_allowed_is_nothing_found(library):
    found = found_by(library, "crown", kinds=("pdf",))
    assert found.hits == found.stages == () and found.answerable == 0


def test_an_empty_collection_finds_nothing():
    found = found_by(FakeLibrary({}), "crown")
    assert found.hits == () and found.chunks == 0 and found.answerable == 0


def test_other_steps_do_not_count_as_a_stages_time(library, monkeypatch):
    steps = search(SearchRequest("tales", "crown", SearchSpec()), library)
    assert sum(1 for event in steps if event is None) >= 4, "others are answered between"


@pytest.mark.parametrize("query", ["", " \n "])
def test_no_question_is_refused(library, query):
    with pytest.raises(SpecError, match="query accepts a question"):
        found_by(library, query)


def test_another_collection_is_not_there(library):
    with pytest.raises(NotFoundError):
        list(search(SearchRequest("other", "crown"), library))


def test_a_document_that_is_not_there_is_refused(library):
    with pytest.raises(GlassworksError, match=r"documents accepts names or ids of documents .*fox\.txt"):
        found_by(library, "crown", documents=("nobody.txt",))
