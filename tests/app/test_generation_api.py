"""/models and /generate through gradio_client, on a small launched app whose models and runtime are fakes."""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.access import check_model, generate_request
from app.api import generation
from app.identity import Identity, Visitor, new_secret
from app.launch import serve
from pipelines.core.errors import NotAllowedError, NotFoundError, WorkerDiedError
from pipelines.core.settings import Settings
from pipelines.generation.requests import Finished, Started, Token


@dataclass(frozen=True)
class Entry:
    name: str
    title: str = "Tales"
    path: Path = Path("tales")
    parameters: int = 1000
    context_length: int = 64
    capabilities: frozenset[str] = frozenset({"chat", "causal-lm"})
    created: float = 1.0
    adapter_parameters: int = 0


class Models:
    def entries(self, capability=None):
        return [Entry("house/tales"), Entry("run/0b4xk2m9qwer", "Mine")]

    def get(self, name):
        for entry in self.entries():
            if entry.name == name:
                return entry
        raise NotFoundError(f"There is no model {name!r}; here are house/tales, run/0b4xk2m9qwer.")


class Runtime:
    """Repeats the prompt's words; remembers requests and whether each stream was closed early."""

    def __init__(self):
        self.requests, self.cancelled = [], threading.Event()

    def stream(self, request):
        self.requests.append(request)
        done = False
        try:
            yield Started(1)
            if request.prompt == "die":
                raise WorkerDiedError("The worker ended; please try again.")
            words = [f"{request.prompt}-{i} " for i in range(request.decoding.max_new_tokens)]
            for i, word in enumerate(words):
                if request.prompt == "slow":
                    threading.Event().wait(0.06)
                yield Token(i, 0, word, 0.0)
            done = True
            yield Finished("length", "".join(words).strip(), len(words), 0.1)
        finally:
            if not done:
                self.cancelled.set()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = SimpleNamespace(
        settings=settings, identity=Identity(settings), models=Models(), runtime=Runtime()
    )
    with gr.Blocks(analytics_enabled=False) as page:
        generation.build(services)
    url = serve(page, settings, server_name="127.0.0.1")
    client = Client(url, verbose=False)
    yield SimpleNamespace(url=url, runtime=services.runtime, client=client)
    client.close()
    page.close(verbose=False)


def test_models_lists_what_is_here(house):
    first = house.client.predict(api_name="/models")[0]
    assert first == {
        "name": "house/tales",
        "title": "Tales",
        "parameters": 1000,
        "context_length": 64,
        "capabilities": ["causal-lm", "chat"],
        "created": 1.0,
        "adapter_parameters": 0,
    }


def test_generate_streams_and_ends_with_the_whole(house):
    job = house.client.submit("house/tales", "slow", 10, api_name="/generate")
    parts = list(job)
    whole = "".join(f"slow-{i} " for i in range(10)).strip()
    assert parts[-1] == whole
    assert len(set(parts)) > 2 and all(whole.startswith(part.strip()) for part in parts)


def test_all_but_the_first_argument_may_be_left_out(house):
    house.client.predict("run/0b4xk2m9qwer", api_name="/generate")
    asked = house.runtime.requests[-1]
    assert (asked.model, asked.prompt) == ("run/0b4xk2m9qwer", "")
    assert (asked.decoding.max_new_tokens, asked.decoding.temperature) == (200, 0.8)


def test_an_empty_model_is_the_best_of_the_house(house):
    house.client.predict("", "hi", 2, api_name="/generate")
    assert house.runtime.requests[-1].model == "house/tales"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"temperature": 9}, "temperature accepts a number from 0 to 5; got 9"),
        ({"top_k": "many"}, "top_k accepts a whole number from 0 to 1000; got 'many'"),
        ({"max_new_tokens": 0}, "max_new_tokens accepts a whole number from 1 to 4096; got 0"),
        ({"prompt": 5}, "prompt accepts text"),
        ({"model": "house/none"}, "There is no model 'house/none'; here are house/tales"),
        ({"model": "../../etc"}, "model accepts"),
        ({"prompt": "die"}, "The worker ended; please try again."),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(house, given, message):
    with pytest.raises(AppError) as caught:
        house.client.predict(**{"model": "house/tales", "prompt": "a", **given}, api_name="/generate")
    assert message in str(caught.value)


def test_cancelling_a_call_ends_its_stream(house):
    house.runtime.cancelled.clear()
    job = house.client.submit("house/tales", "slow", 4000, api_name="/generate")
    next(iter(job))
    job.cancel()
    assert house.runtime.cancelled.wait(30)


def test_the_endpoints_are_documented(house):
    described = house.client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(described) >= {"/models", "/generate"}
    names = [p["parameter_name"] for p in described["/generate"]["parameters"]]
    assert names[:3] == ["model", "prompt", "max_new_tokens"]
    assert all(p["parameter_has_default"] for p in described["/generate"]["parameters"])


def test_the_served_app_has_its_layers(house):
    import httpx

    page = httpx.get(house.url, headers={"accept": "text/html"})
    assert "glassworks_visitor=" in page.headers["set-cookie"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    large = httpx.post(f"{house.url}gradio_api/queue/join", content=b"[" * (17 * 2**20))
    assert large.status_code == 413
    assert httpx.get(f"{house.url}docs").status_code == 404


@pytest.mark.parametrize("name", ["path:/etc", "someone/model", "endpoint:here"])
def test_only_the_owner_reads_other_folders_or_fetches(name):
    check_model(name, Visitor("owner", True, "owner"))
    with pytest.raises(NotAllowedError):
        check_model(name, Visitor(new_secret(), False, "visitor"))
    check_model("run/0b4xk2m9qwer", Visitor(new_secret(), False, "visitor"))


def test_a_hub_model_is_left_to_the_worker_to_fetch():
    """The page's process would stand still for the length of the download."""
    services = SimpleNamespace(models=Models())
    owner = Visitor("owner", True, "owner")
    assert generate_request(services, owner, "someone/model", "Once", {}).model == "someone/model"
    with pytest.raises(NotFoundError):
        generate_request(services, owner, "house/none", "Once", {})
