"""A visitor's question: who may ask whom, and what the workers are sent."""

from dataclasses import replace

import pytest

from app.identity import Visitor
from app.rag.asking import another, asked, default_writer, writer_of
from pipelines.core.errors import NotAllowedError, NotFoundError, SpecError, WorkerDiedError
from pipelines.generation.requests import GenerateRequest
from pipelines.models.endpoints import Endpoint
from pipelines.prediction.requests import PredictRequest
from pipelines.rag.answering.turns import Turn
from pipelines.rag.specs import AnswerSpec, SearchSpec
from pipelines.runtime.messages import PreloadRequest
from tests.support.rag_answers import TEXTS
from tests.support.rag_services import ANNA, BEN, OWNED, Entry, Models, Rag, Runtime, services, visitor

OWNER = Visitor("owner", True, "owner")
SERVER = Endpoint("local", "http://127.0.0.1:9/v1", "served", context=4000)


def moments(given, who=None, collection=OWNED, question="Where is it?", history=(), search=None, **answer):
    spec = AnswerSpec(**answer)
    return list(
        asked(given, who or visitor(ANNA), collection, question, search or SearchSpec(), spec, history)
    )


def test_the_workers_are_asked_for_what_the_settings_say():
    given = services()
    last = moments(given, collection="Tales", search=SearchSpec(top_k=2), temperature=0.5, top_k=7, seed=4)[
        -1
    ]
    assert last.state == "done" and last.text == "She hid it." and last.model == "house/story-instruct"
    predicted = [one for one in given.runtime.asked if isinstance(one, PredictRequest)]
    assert [one.context for one in predicted] == list(TEXTS) and predicted[0].model == "house/minilm-qa"
    (written,) = (one for one in given.runtime.asked if isinstance(one, GenerateRequest))
    assert written.ids == (3, 4) and written.prompt == ""  # the tokens as they were shown
    assert (written.decoding.temperature, written.decoding.top_k, written.decoding.seed) == (0.5, 7, 4)
    assert written.decoding.max_new_tokens == 60  # what the context has room for
    assert given.rag.searched == [("Where is it?", SearchSpec(top_k=2), (), "")]
    assert [one[0] for one in given.rag.supports] == ["She hid it.", "The"]
    (request,) = given.tokenizers.asked
    assert request.form == "short" and request.tokenizer == "tokenizer/house/story-instruct"


@pytest.mark.parametrize("collection", [OWNED, "Tales", "none", "../x"])
def test_another_visitors_collection_is_not_there(collection):
    given = services()
    with pytest.raises(NotFoundError):
        moments(given, visitor(BEN), collection)
    assert not given.rag.searched and not given.runtime.asked and not given.tokenizers.asked


@pytest.mark.parametrize("field", ["model", "qa_model"])
@pytest.mark.parametrize("name", ["path:/etc", "owner/model", "endpoint:local"])
@pytest.mark.parametrize("answerer", ["generate", "extract", "both"])
def test_a_visitor_reaches_no_other_model(field, name, answerer):
    for models in (Models(endpoints=(SERVER,)), Models(())):
        given = services(models=models)
        with pytest.raises(NotAllowedError):
            moments(given, answerer=answerer, **{field: name})
        assert not given.runtime.asked and not given.rag.searched


@pytest.mark.parametrize(("name", "error"), [("house/none", NotFoundError), ("house/minilm-qa", SpecError)])
def test_a_model_that_cannot_write_is_refused_before_the_first_moment(name, error):
    with pytest.raises(error):
        next(asked(services(), visitor(ANNA), OWNED, "Where?", SearchSpec(), AnswerSpec(model=name)))


def test_a_qa_model_of_another_kind_is_refused():
    class Labels(Runtime):
        def stream(self, request):
            yield "labels"

    last = moments(services(runtime=Labels()), answerer="extract")[-1]
    assert last.state == "failed" and "tuned to answer questions" in last.note


def test_a_worker_that_dies_is_a_last_moment():
    last = moments(services(runtime=Runtime(fault=WorkerDiedError("It is gone."))))[-1]
    assert last.state == "failed" and last.note == "It is gone."


def test_closing_ends_the_request():
    given = services()
    steps = asked(given, visitor(ANNA), OWNED, "Where?", SearchSpec(), AnswerSpec(answerer="generate"))
    while not next(steps).text:
        pass
    steps.close()
    assert given.runtime.closed == 1 and not given.rag.supports


def test_without_models_the_words_of_the_documents_answer():
    given = services(models=Models([Entry("house/minilm-qa", frozenset({"question-answering"}))]))
    last = moments(given)[-1]
    assert last.extract.text == "The" and not last.text and not given.tokenizers.asked


def test_what_was_said_before_comes_as_turns_or_as_clients_send_it():
    for history in ([Turn("user", "Who met the bear?")], [{"role": "user", "content": "Who met the bear?"}]):
        last = moments(services(), question="Why?", history=history)[-1]
        assert last.standalone == "Why? met bear" and last.rewritten == "rule"
    with pytest.raises(SpecError, match="history"):
        moments(services(), history=[{"role": "user"}])


def test_who_writes_when_nobody_is_named():
    assert default_writer(services()) == "house/story-instruct"
    assert (
        default_writer(services(models=Models([Entry("house/plain", frozenset({"causal-lm"}))])))
        == "house/plain"
    )
    assert default_writer(services(models=Models([]))) == ""


@pytest.mark.parametrize(
    ("name", "chat", "short", "capable"),
    [
        ("house/plain", False, False, False),
        ("house/story-instruct", True, True, False),
        ("run/5766hc4fzjv4", True, True, False),
        ("run/5766hc4fzjv3", True, False, True),
        ("endpoint:local", True, False, True),
    ],
)
def test_what_a_model_can_be_asked(name, chat, short, capable):
    made = writer_of(services(models=Models(endpoints=(SERVER,))), OWNER, name)
    assert (made.chat, made.short, made.capable) == (chat, short, capable)
    assert bool(made.tokenizer) == (name != "endpoint:local")
    assert made.context == (4000 if name == "endpoint:local" else 1024)


def test_a_model_of_the_hub_is_fetched_first(monkeypatch):
    there = []
    monkeypatch.setattr("app.access.on_disk", lambda name: bool(there))

    class Fetches(Runtime):
        def stream(self, request):
            if isinstance(request, PreloadRequest):
                there.append(request.model)
                return
            yield from super().stream(request)

    entries = [*Models().entries(), Entry("owner/model", frozenset({"causal-lm", "chat"}))]
    given = services(models=Models(entries), runtime=Fetches(), rag=Rag("owner"))
    found = moments(given, OWNER, model="owner/model")
    assert there == ["owner/model"] and found[0].loading == "owner/model"
    assert found[-1].text == "She hid it." and not found[-1].loading


def test_another_try_draws_where_the_first_did_not():
    spec = AnswerSpec(seed=3)
    assert another(spec, 2) == replace(spec, seed=5, temperature=0.7)
    assert another(replace(spec, temperature=0.2), 1).temperature == 0.2
    assert another(AnswerSpec(seed=2**31 - 1), 1).seed == 0


@pytest.mark.parametrize("reranker", ["owner/cross-encoder", "path:/etc"])
def test_a_visitor_names_no_reranker(reranker):
    """It would be fetched from the Hub or read from this disk: that is for the owner."""
    with pytest.raises(NotAllowedError):
        moments(services(), search=SearchSpec(reranker=reranker))
