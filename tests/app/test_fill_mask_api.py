"""/fill_mask through gradio_client, on a small launched app whose models and runtime are fakes."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import fill_mask
from app.filling import filling_request
from app.identity import Identity, Visitor, new_secret
from app.launch import serve
from pipelines.core.errors import NotAllowedError, NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.generation.fill_mask_requests import Filled, Filling, Gap
from pipelines.models.marks import MASKS
from pipelines.runtime.messages import Loading


@dataclass(frozen=True)
class Entry:
    name: str
    capabilities: frozenset[str]
    path: Path = field(default=Path("tales"))


HOUSE = (
    Entry("house/tales", frozenset({"causal-lm"})),
    Entry("house/spans", frozenset({"seq2seq-lm"})),
    Entry("house/masked", frozenset({"masked-lm"})),
)


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
    """Puts ``cat`` first and ``dog`` second into every gap."""

    def __init__(self):
        self.requests = []

    def stream(self, request):
        self.requests.append(request)
        yield Loading(request.model)
        both = (Filling(" cat", 0.5, (7,)), Filling(" dog", 0.25, (8,)))[: request.spec.top_k]
        places = [(len(request.text[: m.start()].rstrip(" ")), m.end()) for m in MASKS.finditer(request.text)]
        yield Filled("masked-lm", tuple(Gap(start, end, both) for start, end in places), 9, 0.01)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = SimpleNamespace(
        settings=settings, identity=Identity(settings), models=Models(), runtime=Runtime()
    )
    with gr.Blocks(analytics_enabled=False) as page:
        fill_mask.build(services)
    url = serve(page, settings, server_name="127.0.0.1")
    client = Client(url, verbose=False)
    yield SimpleNamespace(runtime=services.runtime, client=client)
    client.close()
    page.close(verbose=False)


def test_every_gap_with_its_place_and_its_candidates(house):
    text = "The [MASK] saw a <|mask|>."
    answer = house.client.predict("house/masked", text, api_name="/fill_mask")
    assert answer["filled"] == "The cat saw a cat." and answer["kind"] == "masked-lm"
    assert [text[m["start"] : m["end"]] for m in answer["masks"]] == [" [MASK]", " <|mask|>"]
    best = answer["masks"][0]["candidates"][0]
    assert best == {"text": " cat", "probability": 0.5, "token_ids": [7]}


def test_what_is_left_out_is_as_documented(house):
    answer = house.client.predict(text="A <mask>", api_name="/fill_mask")
    asked = house.runtime.requests[-1]
    assert answer["model"] == asked.model == "house/masked", "a masked model comes before a span model"
    assert asked.spec.top_k == 8
    parameters = house.client.view_api(return_format="dict", print_info=False)["named_endpoints"][
        "/fill_mask"
    ]["parameters"]
    assert [p["parameter_name"] for p in parameters] == ["model", "text", "top_k"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "no gap here"}, "text accepts text with at least one <|mask|>"),
        ({"text": 5}, "text accepts text of at most 20,000 characters"),
        ({"top_k": 0}, "top_k accepts a whole number from 1 to 50; got 0"),
        ({"top_k": "many"}, "top_k accepts a whole number from 1 to 50; got 'many'"),
        ({"model": "house/tales"}, "house/tales does not fill gaps"),
        ({"model": "house/none"}, "There is no model 'house/none'"),
        ({"model": "../../etc"}, "model accepts"),
        ({"model": 5}, "model accepts"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(house, given, message):
    with pytest.raises(AppError) as caught:
        house.client.predict(**{"model": "house/masked", "text": "A <mask>", **given}, api_name="/fill_mask")
    assert message in str(caught.value)


def test_without_a_model_it_says_how_to_get_one():
    services = SimpleNamespace(models=Models(HOUSE[:1]))
    with pytest.raises(NotFoundError, match="architecture bert"):
        filling_request(services, Visitor("owner", True, "owner"), "", "A <mask>", 5)


def test_visitors_reach_no_other_folder():
    services = SimpleNamespace(models=Models())
    with pytest.raises(NotAllowedError):
        filling_request(services, Visitor(new_secret(), False, "visitor"), "path:/etc", "A <mask>", 5)


def test_a_hub_model_is_left_to_the_worker_to_fetch():
    services = SimpleNamespace(models=Models())
    owner = Visitor("owner", True, "owner")
    assert filling_request(services, owner, "someone/model", "A <mask>", 5).model == "someone/model"
    with pytest.raises(SpecError):
        filling_request(services, owner, "someone/model", "A", 5)
