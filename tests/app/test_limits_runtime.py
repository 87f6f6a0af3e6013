"""Every way to the inference worker is counted for whoever asks: through a real page, over a fake worker."""

import ast
import json
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import generation
from app.errors import shown
from app.identity import Identity, Visitor, new_secret
from app.launch import serve
from app.limited import Asker, LimitedRuntime
from app.limits import Limits
from app.runs import Run
from app.services import make_services
from app.stoppable import Stoppable
from pipelines.core.errors import TooMuchError
from pipelines.core.settings import Settings
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.specs import DecodingSpec
from tests.support.imports import ROOT, sources

A_MINUTE = 100
MODEL = "house/tales"
VISITOR = Visitor("visitor-1", False, "visitor")


class Worker:
    """Writes ``length`` tokens, or fewer where fewer are asked for."""

    def __init__(self, length=5):
        self.length, self.asked, self.closed = length, 0, 0
        self.pid = 7

    def stream(self, request):
        self.asked += 1
        try:
            yield Started(1)
            count = min(self.length, request.decoding.max_new_tokens)
            for index in range(count):
                yield Token(index, index, "a", -0.1)
            yield Finished("eos", "a" * count, count, 0.1)
        finally:
            self.closed += 1


def asked(count=20):
    return GenerateRequest(MODEL, "Once", DecodingSpec(max_new_tokens=count))


def event():
    """The visitor, and a new request of theirs."""
    return VISITOR, SimpleNamespace(headers={}, client=None)


def limited(who=event, worker=None, **given):
    limits = Limits(Settings(**({"visitor_tokens_per_minute": A_MINUTE} | given)), clock=lambda: 0.0)
    return LimitedRuntime(worker or Worker(), limits, who)


# The wrapper alone.


def test_what_was_not_written_is_given_back():
    runtime = limited()
    for _ in range(13):  # 6 each: 5 written and 1 for being asked; 20 at first
        assert runtime.call(asked())[-1].new_tokens == 5
    with pytest.raises(TooMuchError, match="Come back in 60 seconds"):
        runtime.call(asked(22))  # 78 of the 100 are used
    runtime.call(asked(21))


def test_a_stream_that_is_stopped_costs_what_it_wrote():
    runtime = limited(worker=(worker := Worker(length=80)))
    for _ in range(3):
        events = runtime.stream(asked(80))
        assert [type(next(events)).__name__ for _ in range(3)] == ["Started", "Token", "Token"]
        events.close()
    assert worker.closed == 3
    assert len(runtime.call(asked(80))) == 82  # 3 × 3 and 81 are within 100


def test_nothing_reaches_the_worker_that_is_refused_and_nothing_is_asked_before_the_first_event():
    runtime = limited(worker=(worker := Worker()))
    refused = runtime.stream(asked(200))
    with pytest.raises(TooMuchError, match="may take 201"):
        next(refused)
    runtime.stream(asked(90))  # never begun: costs nothing
    runtime.call(asked(90))
    assert worker.asked == 1


def test_so_many_requests_at_once():
    runtime = limited(visitor_at_once=2, visitor_tokens_per_minute=10_000)
    first, second = runtime.stream(asked()), runtime.stream(asked())
    next(first), next(second)
    with pytest.raises(TooMuchError, match="At most 2 requests at once"):
        next(runtime.stream(asked()))
    first.close()
    assert runtime.call(asked())


def test_one_request_may_have_many_texts_written_side_by_side():
    only = event()
    runtime = limited(lambda: only, visitor_at_once=1, visitor_tokens_per_minute=10_000)
    streams = [runtime.stream(asked()) for _ in range(8)]
    assert all(isinstance(next(stream), Started) for stream in streams)
    for stream in streams:
        stream.close()
    assert not runtime._limits._open


def test_the_apps_own_requests_and_everything_else_pass():
    runtime = limited(who=lambda: None)
    for _ in range(30):
        runtime.call(asked())
    assert runtime.pid == 7
    with pytest.raises(AttributeError):
        _ = runtime.no_such_thing


# Through a page, where who asks is known from the event alone.


class Made(Run):
    def fail(self, why):
        self.advance(why)


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        SPACE_ID="someone/glassworks",
        visitor_tokens_per_minute=30,
        owner_token="the owner's",
    )
    identity, limits = Identity(settings), Limits(settings, clock=lambda: 0.0)
    entry = SimpleNamespace(name=MODEL, capabilities=frozenset({"causal-lm"}), path=Path("tales"))
    models = SimpleNamespace(entries=lambda *_: [entry], get=lambda *_: entry)
    runtime = LimitedRuntime(Worker(), limits, Asker(identity))
    services = SimpleNamespace(settings=settings, identity=identity, models=models, runtime=runtime)
    with gr.Blocks() as page:
        _ways(services)
        generation.build(services)
    page.launched_at = serve(page, settings, limits, server_name="127.0.0.1")
    yield page
    page.close()


def _ways(services):
    """Ways in which the tabs reach the worker, each as an endpoint of its own."""

    def plain(count: int) -> str:
        return services.runtime.call(asked(int(count)))[-1].text

    def in_a_thread(count: int) -> str:
        run = Stoppable(services.runtime.stream(asked(int(count))))
        return [one.text for one in run.events() if isinstance(one, Finished)][-1]

    def in_a_run(count: int) -> str:
        made = Made("me", services.runtime.stream(asked(int(count))), None)
        made.start()
        while not made.over:
            time.sleep(0.01)
        if isinstance(made.moment, str):
            raise TooMuchError(made.moment)
        return made.moment.text

    def asked_by_script(data: object, request: gr.Request) -> str:
        try:
            return plain(data)
        except TooMuchError as error:
            return str(error)

    number = gr.Number()
    for way in (plain, in_a_thread, in_a_run):
        gr.api(_named(shown(way)), api_name=way.__name__)
    gr.Button().click(shown(plain), number, gr.Textbox(), queue=False, api_name="unqueued")
    gr.HTML(elem_id="scripted", server_functions=[asked_by_script])


def _named(function):
    def way(count: int) -> str:
        return function(count)

    return way


def client(space, **headers):
    headers.setdefault("X-Glassworks-Visitor", new_secret())
    headers["X-Forwarded-For"] = f"8.8.{new_secret()[0:1].encode()[0]}.{new_secret()[0:1].encode()[0]}"
    return Client(space.launched_at, headers=headers, verbose=False)


@pytest.mark.parametrize("way", ["/plain", "/in_a_thread", "/in_a_run", "/unqueued"])
def test_every_way_is_counted(space, way):
    mine = client(space)
    with pytest.raises(AppError, match="This may take 31: ask for fewer"):
        mine.predict(30, api_name=way)
    for _ in range(4):  # 6 each: 5 written and 1 for being asked
        assert mine.predict(10, api_name=way) == "aaaaa"
    with pytest.raises(AppError, match=r"At most 30 tokens a minute.*Come back in 60 seconds"):
        mine.predict(10, api_name=way)
    assert client(space).predict(10, api_name=way) == "aaaaa"


def test_the_owner_may_ask_for_anything(space):
    owner = client(space, **{"X-Glassworks-Owner": "the owner's"})
    for _ in range(3):
        assert owner.predict(4000, api_name="/plain") == "aaaaa"


def test_the_real_endpoint_is_counted(space):
    mine = client(space)
    assert mine.predict(MODEL, "Once", 20, api_name="/generate") == "aaaaa"
    with pytest.raises(AppError, match="This may take 201"):
        mine.predict(MODEL, "Once", api_name="/generate")


def test_what_a_pages_script_asks_is_counted(space):
    component = next(one for one in space.blocks.values() if getattr(one, "elem_id", "") == "scripted")
    body = {"data": 30, "component_id": component._id, "fn_name": "asked_by_script", "session_hash": "s"}
    url = f"{space.launched_at}gradio_api/component_server"
    answer = httpx.post(url, json=body, headers={"X-Glassworks-Visitor": new_secret()})
    assert "This may take 31" in json.loads(answer.text)


# By construction.

_THREADS = {"Thread", "ThreadPoolExecutor", "run_in_executor", "to_thread"}
_CLIENTS = {"RuntimeClient", "ZeroRuntime", "inference"}
_FOR_NOBODY = {"app/health.py", "app/outside.py", "app/rag/chat_warm_up.py"}


def test_the_services_have_no_other_way_to_the_worker(tmp_path):
    services = make_services(Settings(home=tmp_path))
    assert isinstance(services.runtime, LimitedRuntime)
    assert services.preferences._maker._runtime is services.runtime
    assert services.runtime._limits is services.limits


def test_no_tab_and_no_endpoint_makes_a_client_or_a_thread_of_its_own():
    """A thread that asks for a visitor must take the context along: these do, or ask for nobody."""
    threads, clients = set(), set()
    for path in sources("app"):
        where, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        called = _called(text) if any(name in text for name in _THREADS | _CLIENTS) else set()
        threads |= {where} if called & _THREADS else set()
        clients |= {where} if called & _CLIENTS else set()
    assert clients == {"app/services.py"}
    assert threads <= {"app/stoppable.py", "app/runs.py"} | _FOR_NOBODY


def _called(text):
    """The last names of all that is called."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {ast.unparse(function).rpartition(".")[2] for function in calls}
