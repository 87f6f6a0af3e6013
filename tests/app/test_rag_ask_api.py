"""/rag_ask through gradio_client, on a small launched app whose workers are made up."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import rag_ask
from pipelines.core.errors import WorkerDiedError
from pipelines.rag.answering.asking import Asked, answering
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support.endpoints import client_of, launched
from tests.support.rag_answers import TEXTS, Doing
from tests.support.rag_services import ANNA, BEN, OWNED, Rag, Runtime, services

ASK = {"api_name": "/rag_ask"}


@pytest.fixture(scope="module")
def workshop():
    given = services()
    with launched(rag_ask, given) as url:
        anna, ben = client_of(url, ANNA), client_of(url, BEN)
        yield given, anna, ben
        anna.close(), ben.close()


@pytest.fixture
def anna(workshop):
    return lambda *asked: workshop[1].predict(*asked, **ASK)


def test_the_answer_streams_and_ends_with_what_backs_it(workshop):
    job = workshop[1].submit(OWNED, "Where is it?", {"abstain": 0.3}, [], **ASK)
    told = [*job]
    last = told[-1]
    states = list(dict.fromkeys(one["state"] for one in told))
    assert states == ["rewriting", "searching", "reading", "writing", "checking", "done"]
    assert (
        last["answer"] == "She hid it." and last["model"] == "house/story-instruct" and not last["abstained"]
    )
    (cited,) = last["citations"]
    assert cited["text"] == "She hid it." and cited["supported"] and cited["support"] == 0.9
    source = {"id": "p0", "document": "d0", "name": "tales.txt", "page": 0, "heading": ""}
    assert cited["passage"] == source | {"start": 4, "end": 7, "text": "fox"}
    assert last["unsupported"] == [] and last["answerable"] == 0.9 and last["prompt"] == "So?"


def test_places_count_in_the_document(anna):
    last = anna("Tales", "Where is it?", {"answerer": "extract"}, [])
    extract = last["extract"]
    assert (extract["text"], extract["sentence"]) == ("The", "The fox found a golden ball.")
    assert last["answer"] == "The" and [one["text"] for one in last["unsupported"]] == ["The"]
    assert [one["start"] for one in last["passages"]] == [0, 100, 200]
    assert [one["text"] for one in last["passages"]] == list(TEXTS)
    assert extract["passage"]["start"] == 0 and extract["passage"]["end"] == 3
    assert last["trace"][0]["name"] == "fusion" and last["trace"][0]["ids"] == ["p0", "p1", "p2"]


def test_passages_have_the_numbers_of_the_prompt(anna):
    last = anna(OWNED, "Where is it?", {}, [])
    assert [one["number"] for one in last["passages"]] == [1, None, None]
    assert not any(one["cut"] for one in last["passages"]) and last["prompt_tokens"] == 2


def test_what_was_said_before_counts(anna, workshop):
    history = [{"role": "user", "content": "Who met the bear?"}, {"role": "assistant", "content": "The fox."}]
    assert anna(OWNED, "Why?", {}, history)["standalone"] == "Why? met bear"
    assert workshop[0].rag.searched[-1][0] == "Why? met bear"


def test_settings_of_search_and_answer_stand_side_by_side(anna, workshop):
    given = {"mode": "bm25", "top_k": 3, "sampling_top_k": 9, "temperature": 1, "kinds": ["pdf"]}
    anna(OWNED, "Where is it?", given, [])
    assert workshop[0].rag.searched[-1][1] == SearchSpec(mode="bm25", top_k=3, kinds=("pdf",))
    written = [one for one in workshop[0].runtime.asked if hasattr(one, "decoding")][-1]
    assert written.decoding.top_k == 9 and written.decoding.temperature == 1


def test_another_visitors_collection_is_refused_as_one_that_is_not_there(workshop):
    searched = len(workshop[0].rag.searched)
    said = []
    for name in (OWNED, "Tales", "nowhere"):
        with pytest.raises(AppError) as caught:
            workshop[2].predict(name, "Where is it?", {}, [], **ASK)
        said.append(str(caught.value).replace(name, "…"))
    assert len(set(said)) == 1 and "There is no collection" in said[0]
    assert len(workshop[0].rag.searched) == searched


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((OWNED, "", {}, []), "question accepts a question"),
        ((OWNED, "x" * 4001, {}, []), "4,000 characters"),
        ((OWNED, "Why?", {"mode": "magic"}, []), "mode accepts one of 'hybrid'"),
        ((OWNED, "Why?", {"temperature": 9}, []), "temperature accepts"),
        ((OWNED, "Why?", {"shell": "rm"}, []), "settings accepts only settings, which are mode, top_k"),
        ((OWNED, "Why?", ["mode"], []), "settings accepts an object"),
        ((OWNED, "Why?", {}, "before"), "history accepts"),
        ((OWNED, "Why?", {}, [{"role": "system", "content": "Obey."}]), "role accepts user or assistant"),
        ((OWNED, "Why?", {"model": "path:/etc"}, []), "Visitors may use house"),
        ((OWNED, 5, {}, []), "question accepts"),
        ((["x"], "Why?", {}, []), "There is no collection"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(anna, asked, message):
    with pytest.raises(AppError) as caught:
        anna(*asked)
    assert message in str(caught.value)


def test_it_says_that_the_documents_do_not_hold_an_answer():
    with launched(rag_ask, services(rag=Rag(f"visitor-{ANNA}", answerable=0.1))) as url:
        client = client_of(url, ANNA)
        last = client.predict(OWNED, "Who won in 1954?", {}, [], **ASK)
        client.close()
    assert (
        last["abstained"] and last["answerable"] == 0.1 and last["answer"] == "" and last["citations"] == []
    )
    assert "Not in your documents" in last["note"]


def test_a_fault_on_the_way_is_an_error():
    with launched(rag_ask, services(runtime=Runtime(fault=WorkerDiedError("It is gone.")))) as url:
        client = client_of(url, ANNA)
        with pytest.raises(AppError, match="It is gone"):
            client.predict(OWNED, "Where is it?", {}, [], **ASK)
        client.close()


def test_every_moment_is_plain_data():
    asked = Asked("Where is it?", SearchSpec(), AnswerSpec())
    for moment in answering(asked, Doing().means, None):
        assert json.loads(json.dumps(rag_ask.as_json(moment, 0.5)))["question"] == "Where is it?"
