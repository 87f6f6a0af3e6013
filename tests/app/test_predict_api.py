"""/predict through gradio_client, on a small launched app whose models and runtime are fakes."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import predict
from app.identity import Identity, Visitor, new_secret
from app.launch import serve
from pipelines.core.errors import NotAllowedError, NotFoundError
from pipelines.core.settings import Settings
from pipelines.generation.fill_mask_requests import Filled, Filling, FillMaskRequest, Gap
from pipelines.prediction.requests import Answers, AnswerSpan, Entities, Entity, Label, Labels, Reward
from pipelines.runtime.messages import Loading

TEXT = "Anna met Tom in Oslo."


@dataclass(frozen=True)
class Entry:
    name: str
    capabilities: frozenset[str]
    architecture: str = "Bert"
    path: Path = field(default=Path("tales"))


HOUSE = (
    Entry("house/tales", frozenset({"causal-lm"})),
    Entry("house/finds", frozenset({"question-answering"})),
    Entry("house/masked", frozenset({"masked-lm"})),
    Entry("house/names", frozenset({"token-classification"})),
    Entry("house/moods", frozenset({"sequence-classification"})),
    Entry("house/likes", frozenset({"sequence-classification"})),
)
TOLD = {
    "house/likes": Reward(1.5),
    "house/moods": Labels((Label("good", 0.75), Label("bad", 0.25)), 1),
    "house/names": Entities((Entity("person", 0, 4, 0.5), Entity("place", 16, 20, 0.25)), 2),
    "house/finds": Answers((AnswerSpan(9, 12, 0.5),), 0.25, True, 1),
}


class Models:
    def __init__(self, entries=HOUSE):
        self._entries = entries

    def entries(self, capability=None):
        return [e for e in self._entries if capability is None or capability in e.capabilities]

    def get(self, name):
        for entry in self._entries:
            if entry.name == name:
                return entry
        raise NotFoundError(f"There is no model {name!r}.")


class Runtime:
    def stream(self, request):
        yield Loading(request.model)
        if isinstance(request, FillMaskRequest):
            yield Filled("masked-lm", (Gap(0, 6, (Filling("Tom", 0.5, (7,)),)),), 9, 0.01)
        else:
            yield TOLD[request.model]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    identity = Identity(settings)
    services = SimpleNamespace(settings=settings, identity=identity, models=Models(), runtime=Runtime())
    with gr.Blocks(analytics_enabled=False) as page:
        predict.build(services)
    client = Client(serve(page, settings, server_name="127.0.0.1"), verbose=False)
    yield lambda *asked: client.predict(*asked, api_name="/predict")
    client.close()
    page.close(verbose=False)


def test_labels_come_likeliest_first(client):
    told = client("house/moods", TEXT, "")
    assert told["kind"] == "sequence-classification" and told["windows"] == 1
    assert told["labels"] == [{"label": "good", "probability": 0.75}, {"label": "bad", "probability": 0.25}]


def test_a_reward_model_rates_an_answer(client):
    told = client("house/likes", "Who was met?", "Tom was.")
    assert (told["kind"], told["answer"], told["reward"]) == ("reward", "Tom was.", 1.5)


def test_names_and_answers_come_with_their_places(client):
    told = client("house/names", TEXT, "")
    assert told["entities"][1] == {
        "type": "place",
        "text": "Oslo",
        "start": 16,
        "end": 20,
        "probability": 0.25,
    }
    told = client("house/finds", "Who was met?", TEXT)
    assert told["answer"] == {"text": "Tom", "start": 9, "end": 12, "probability": 0.5}
    assert told["candidates"] == [told["answer"]] and told["no_answer"] == 0.25


def test_gaps_are_filled_as_fill_mask_does(client):
    told = client("house/masked", "[MASK] met Tom.", "")
    assert told["kind"] == "masked-lm" and told["filled"] == "Tom met Tom."


def test_without_a_name_the_first_that_labels_is_asked(client):
    assert client("", TEXT, "")["model"] == "house/moods"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("house/moods", "", ""), "text accepts a text with at least one word"),
        (("house/moods", 5, ""), "text accepts"),
        (("house/moods", "x" * 20_001, ""), "20,000"),
        (("house/finds", "Who?", ["x"]), "context accepts"),
        (("house/masked", "no gap", ""), "text accepts text with at least one <|mask|>"),
        (("house/masked", "a [MASK]", "more"), "context accepts nothing with house/masked"),
        (("house/tales", TEXT, ""), "house/tales has no task to predict with"),
        (("house/none", TEXT, ""), "There is no model 'house/none'"),
        (("../../etc", TEXT, ""), "model accepts"),
        ((5, TEXT, ""), "model accepts"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(client, asked, message):
    with pytest.raises(AppError) as caught:
        client(*asked)
    assert message in str(caught.value)


def test_without_a_model_it_says_how_to_get_one():
    services = SimpleNamespace(models=Models(HOUSE[:1]))
    with pytest.raises(NotFoundError, match="task classify"):
        predict.predicted(services, Visitor("owner", True, "owner"), "", TEXT, "")


@pytest.mark.parametrize("name", ["path:/etc", "owner/model"])
def test_visitors_reach_no_other_folder(name):
    services = SimpleNamespace(models=Models())
    with pytest.raises(NotAllowedError):
        predict.predicted(services, Visitor(new_secret(), False, "visitor"), name, TEXT, "")
