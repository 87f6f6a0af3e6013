"""/rag_search through gradio_client, over the real handler and a library in memory."""

from types import SimpleNamespace

import pytest
from gradio_client.exceptions import AppError

from app.api import rag_search
from pipelines.core.errors import NotFoundError
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from tests.support.endpoints import client_of, launched
from tests.support.rag_library import FakeLibrary
from tests.support.workshop import Header

TALES = {
    "fox.md": ["The fox found a red hen.", "He ran home to his den.", "The hen was gone."],
    "king.txt": ["A king had a golden crown.", "The crown fell into the river."],
}


class Rag:
    """Eve's collection, shared with nobody."""

    def __init__(self) -> None:
        self.library = FakeLibrary(TALES, **{"fox.md": {"kind": "markdown", "headings": ["Fox"] * 3}})

    def search(self, id, query, spec, owner, queries=(), hypothetical=""):
        if (id, owner) != ("tales", "eve"):
            raise NotFoundError("There is no such collection among yours.")
        *_, found = search(SearchRequest(id, query, spec), self.library)
        return found


@pytest.fixture(scope="module")
def clients():
    services = SimpleNamespace(rag=Rag(), identity=Header())
    with launched(rag_search, services) as url:
        yield client_of(url, "eve"), client_of(url, "mallory")


def ask(client, query="golden crown", settings="{}", collection="tales"):
    return client.predict(collection, query, settings, api_name="/rag_search")


def test_chunks_come_with_their_place_and_the_trace(clients):
    found = ask(clients[0], settings='{"mode": "hybrid", "top_k": 2}')
    first = found["chunks"][0]
    assert (first["rank"], first["source"], first["text"]) == (1, "king.txt", TALES["king.txt"][0])
    assert first["end"] - first["start"] == len(first["text"]) and len(found["chunks"]) == 2
    assert [stage["name"] for stage in found["stages"]] == ["bm25", "dense", "fusion"]
    for stage in found["stages"]:
        assert len(stage["ids"]) == len(stage["scores"]) and set(stage["ids"]) <= found["passages"].keys()
    assert found["searched"] == 5 and 0 <= found["answerable"] <= 1


def test_settings_may_be_an_object_and_filters_hold(clients):
    found = ask(clients[0], "the", {"mode": "dense", "kinds": ["markdown"], "neighbours": 1, "top_k": 1})
    assert {one["source"] for one in found["chunks"]} == {"fox.md"} and found["chunks"][0]["heading"] == "Fox"
    assert [one["position"] for one in found["chunks"]] == sorted(one["position"] for one in found["chunks"])


def test_anothers_collection_is_not_there(clients):
    with pytest.raises(AppError, match="no such collection"):
        ask(clients[1])
    with pytest.raises(AppError, match="no such collection"):
        ask(clients[0], collection="tales2")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('{"mode": "best"}', "mode accepts one of 'hybrid', 'dense', 'bm25'"),
        ('{"top_k": 0}', "top_k accepts a whole number from 1 to 50"),
        ('{"documents": ["nobody.txt"]}', "fox.md, king.txt"),
        ('{"pages": "9-3"}', "pages accepts a page"),
        ('{"queries": 2}', "/rag_ask"),
        ('{"reranker": "path:/etc"}', "for the owner"),
        ('{"topk": 3}', "the fields are mode, top_k"),
        ("[1]", "a JSON object"),
    ],
)
def test_what_does_not_fit_is_named(clients, settings, said):
    with pytest.raises(AppError, match=said):
        ask(clients[0], settings=settings)


def test_no_question_is_refused(clients):
    with pytest.raises(AppError, match="query accepts a question"):
        ask(clients[0], "  ")
