"""/rag_evaluate through gradio_client, on a small launched app with the real retrieval."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import rag_evaluate
from pipelines.core.settings import Settings
from tests.support.endpoints import client_of, launched
from tests.support.rag_measuring import measuring_services

HARBOUR = {"document": "crab.txt", "passage": "Otto went to the harbour."}
QUESTIONS = [
    {"question": "When did Otto reach the harbour?", "answer": "the harbour", **HARBOUR},
    {
        "question": "Who built it?",
        "answers": ["Ada Finn"],
        "document": "lighthouse.md",
        "start": 0,
        "end": 53,
    },
    {
        "question": "How many hours does rye bread rest?",
        "answer": "12",
        "passage": "Rye bread needs 12 hours",
    },
]


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.make_folders()
    return measuring_services(settings)


@pytest.fixture(scope="module")
def url(services):
    with launched(rag_evaluate, services) as url:
        yield url


@pytest.fixture
def shared(services):
    services.rag.shared = True
    yield
    services.rag.shared = False


def asked(url, *given, name="eve", **more):
    job = client_of(url, name).submit(*given, api_name="/rag_evaluate", **more)
    return job.result(timeout=60), job.outputs()


def test_a_run_streams_and_ends_with_everything(url, services):
    last, outputs = asked(url, "tales", QUESTIONS, ["BM25", {"name": "three", "mode": "bm25", "top_k": 3}])
    assert outputs[0]["state"] == "running" and outputs[0]["done"] == 0 and "questions" not in outputs[0]
    assert (last["state"], last["done"], last["total"], last["kept"]) == ("done", 6, 6, 0)
    first, second = last["configurations"]
    assert first["metrics"]["hit"] == {
        "mean": 1,
        "interval": [pytest.approx(0.4385, abs=1e-3), 1],
        "questions": 3,
    }
    assert (first["search"]["top_k"], second["search"]["top_k"], first["failed"]) == (5, 3, {})
    assert {one["metric"] for one in last["differences"]} == {"hit", "mrr", "ndcg", "precision", "recall"}
    assert last["questions"][0]["scores"]["BM25"]["ranks"] == {"bm25": 1, "hits": 1}
    assert last["questions"][2]["gold"] == [
        {"document": "bread.txt", "start": 0, "end": 24, "text": "Rye bread needs 12 hours"}
    ]
    json.dumps(last, allow_nan=False)
    searched = len(services.rag.searched)
    again, _ = asked(url, "tales", QUESTIONS, ["BM25"])
    assert again["kept"] == 3 and len(services.rag.searched) == searched
    assert again["configurations"][0]["metrics"] == first["metrics"]


def test_questions_made_here_and_the_default_presets(url):
    last, _ = asked(url, "tales", 4, settings={"search": {"top_k": 1}})
    assert [one["name"] for one in last["configurations"]] == ["BM25", "Dense", "Hybrid", "Hybrid, RRF"]
    assert last["total"] == 16 and {one["origin"] for one in last["questions"]} <= {"rules", "cloze"}
    assert all(one["search"]["top_k"] == 1 for one in last["configurations"])


def test_a_foreign_collection_is_none(url):
    with pytest.raises(AppError, match="no such collection among yours"):
        asked(url, "tales", QUESTIONS, name="mallory")


def test_a_shared_one_is_read_and_what_others_measured_is_not_told(url, shared):
    asked(url, "tales", QUESTIONS, ["BM25"])
    last, _ = asked(url, "tales", QUESTIONS, ["BM25"], name="mallory")
    assert last["done"] == 3 and last["kept"] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["tales", [{"question": "?", "passage": "nowhere"}]], "stands in no document"),
        (["tales", []], "1 to 2,000 rows"),
        (["tales", 0], "a whole number from 1 to 500"),
        (["tales", 2.5], "a whole number from 1 to 500"),
        (["tales", True], "how many are to be made"),
        (["tales", "aaaaaaaaaaaa"], "no such question set"),
        (["tales", QUESTIONS, ["BM26"]], "some of BM25"),
        (["tales", QUESTIONS, []], "a list of 1 to 12"),
        (["tales", QUESTIONS, ["BM25", "BM25"]], "different names"),
        (["tales", QUESTIONS, [{"mode": "bm25"}]], 'a "name"'),
        (["tales", QUESTIONS, [{"name": "x", "mode": "odd"}]], "mode accepts"),
        (["tales", QUESTIONS, ["BM25"], "maybe"], "answers accepts"),
        (["tales", QUESTIONS, ["BM25"], False, {"top_k": 3}], 'an object with "search" and "answer"'),
        (["tales", QUESTIONS, ["BM25"], False, {}, "gone"], "baseline accepts one of BM25"),
    ],
)
def test_what_is_refused(url, given, words):
    with pytest.raises(AppError) as refused:
        asked(url, *given)
    assert words in str(refused.value)


def test_a_reranker_of_the_hub_is_for_the_owner(url, shared):
    with pytest.raises(AppError, match="for the owner"):
        asked(url, "tales", QUESTIONS, [{"name": "x", "reranker": "someone/model"}], name="mallory")
