"""Against a real server on this machine that answers, fails, dawdles and talks nonsense."""

import json
import logging
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pytest

from pipelines.core.errors import GlassworksError
from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience
from pipelines.prompting.calling.endpoints import EndpointCaller
from pipelines.prompting.calling.kept import key_of
from pipelines.prompting.calls import Call, Message, Text
from tests.support.loopback import answering

KEY, HUB = "sk-very-secret-0123", "hf_the_owners_own"
QUICK = Patience(tries=3, first=0.01, longest=0.3)


class FakeServer(ThreadingHTTPServer):
    """``say(body, number)`` gives (status, headers, JSON or bytes) for the number-th request, from 1."""

    daemon_threads = True

    def __init__(self, say):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.say, self.bodies, self.headers, self.times = say, [], [], []
        self.lock, self.under_way, self.most = threading.Lock(), 0, 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server = self.server
        with server.lock:
            server.bodies.append(body)
            server.headers.append(dict(self.headers))
            server.times.append(time.monotonic())
            number = len(server.bodies)
            server.under_way += 1
            server.most = max(server.most, server.under_way)
        assert self.path == "/v1/chat/completions"
        status, headers, said = server.say(body, number)
        with server.lock:
            server.under_way -= 1
        said = said if isinstance(said, bytes) else json.dumps(said).encode()
        try:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)
        except OSError:
            pass

    def log_message(self, *_):
        pass


def completion(*texts, reason="stop", prompt=7, written=12):
    choices = [{"message": {"content": text}, "finish_reason": reason} for text in texts]
    return {"choices": choices, "usage": {"prompt_tokens": prompt, "completion_tokens": written}}


@pytest.fixture
def online(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", HUB)
    monkeypatch.setenv("TEST_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serving(online):
    """``with serving(say, **fields) as (server, caller)``."""

    @contextmanager
    def serve(say, patience=QUICK, **given):
        with answering(FakeServer(say if callable(say) else lambda body, number: (200, {}, say))) as server:
            yield server, EndpointCaller(Endpoint("here", server.url, "served", **given), patience)

    return serve


def call(text="What is 2 + 2?", **given):
    return Call((Message("system", "Add."), Message("user", text)), **given)


def failing(status, times, headers=None, said=None):
    return lambda body, number: (
        (status, headers or {}, {} if said is None else said)
        if number <= times
        else (200, {}, completion("4"))
    )


def test_a_call_is_put_and_its_answer_read(serving):
    with serving(completion("4 END 5", written=9), key_env="TEST_KEY") as (server, caller):
        (reply,) = caller.answer([call(stop=("END",), max_new_tokens=30)])
    assert (reply.texts, reply.prompt_tokens, reply.error) == ((Text("4 ", 9, "stop"),), 7, "")
    assert reply.seconds > 0
    assert server.bodies == [
        {
            "messages": [
                {"role": "system", "content": "Add."},
                {"role": "user", "content": "What is 2 + 2?"},
            ],
            "model": "served",
            "max_tokens": 30,
            "temperature": 0.0,
            "stop": ["END"],
            "stream": False,
        }
    ]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_without_a_key_nothing_is_sent_for_one_not_even_the_hub_s(serving):
    with serving(completion("4")) as (server, caller):
        assert caller.answer([call()])[0].text == "4"
    assert HUB not in str(server.headers) and "authorization" not in {
        name.lower() for name in server.headers[0]
    }


def test_samples_come_in_one_request_or_in_as_many_as_it_takes(serving):
    drawn = call(samples=3, temperature=0.7, top_p=0.9, seed=5)
    with serving(lambda body, _: (200, {}, completion(*"abc"[: body.get("n", 1)]))) as (server, caller):
        (reply,) = caller.answer([drawn])
        assert [text.text for text in reply.texts] == ["a", "b", "c"]
        assert (reply.prompt_tokens, sum(text.tokens for text in reply.texts)) == (7, 12)
        assert [(body["n"], body["seed"], body["top_p"]) for body in server.bodies] == [(3, 5, 0.9)]
        (greedy,) = caller.answer([call(samples=3)])
        assert [text.text for text in greedy.texts] == ["a"] * 3 and "n" not in server.bodies[-1]

    def one_each(body, number):
        return (400, {}, {}) if body.get("n", 1) > 1 else (200, {}, completion(f"number {number}"))

    with serving(one_each) as (server, caller):
        (reply,) = caller.answer([drawn])
        assert len(reply.texts) == 3 and reply.prompt_tokens == 21
        assert [body["seed"] for body in server.bodies] == [5, 5, 6, 7]
        caller.answer([drawn])
        assert "n" not in server.bodies[4]  # it has learnt


@pytest.mark.parametrize("begun", ["message", "vllm", "instruction"])
def test_an_answer_that_has_begun(serving, begun):
    said = completion(" it is 4" if begun == "vllm" else "So it is 4")
    with serving(said, begun=begun) as (server, caller):
        (reply,) = caller.answer([call(begun="So")])
    assert reply.text == " it is 4"
    body = server.bodies[0]
    assert ("continue_final_message" in body) == (begun == "vllm")
    if begun == "instruction":
        assert len(body["messages"]) == 2 and body["messages"][1]["content"].endswith("\nSo")
    else:
        assert body["messages"][2] == {"role": "assistant", "content": "So"}


def test_a_server_that_takes_no_beginning_is_told_in_words(serving):
    def say(body, _):
        good = body["messages"][-1]["role"] == "user"
        return (
            (200, {}, completion("So 4")) if good else (400, {}, {"error": {"message": "last must be user"}})
        )

    with serving(say) as (server, caller):
        assert caller.answer([call(begun="So")])[0].text == " 4"
        assert caller.answer([call(begun="So")])[0].text == " 4"
    assert len(server.bodies) == 3


@pytest.mark.parametrize(("status", "said"), [(429, {}), (429, [{"error": 1}]), (500, b"<html>"), (503, b"")])
def test_what_may_pass_is_tried_again(serving, status, said):
    with serving(failing(status, 2, said=said)) as (server, caller):
        assert caller.answer([call()])[0].text == "4"
    assert len(server.bodies) == 3


def test_a_server_says_how_long_to_wait(serving):
    with serving(failing(429, 1, {"retry-after": "1"}), Patience(3, 0.01, 5.0)) as (server, caller):
        assert caller.answer([call()])[0].text == "4"
    assert server.times[1] - server.times[0] >= 1


def test_one_call_that_fails_for_ever_fails_alone(serving, caplog):
    def say(body, _):
        bad = "bad" in body["messages"][1]["content"]
        return (429, {}, {"error": f"slow down {KEY}"}) if bad else (200, {}, completion("4"))

    caplog.set_level(logging.DEBUG)
    with serving(say, key_env="TEST_KEY") as (server, caller):
        heard = {}
        good, bad, last = caller.answer([call(), call("bad"), call("c")], done=heard.__setitem__)
    assert (good.text, last.text, bad.texts) == ("4", "4", ())
    assert bad.error == "endpoint:here has too many requests (HTTP 429); it was asked 3 times."
    assert heard == {0: good, 1: bad, 2: last} and len(server.bodies) == 5
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (401, {"error": {"message": f"wrong key {KEY[:6]}"}}, "refuses the key in TEST_KEY"),
        (404, {"error": {"message": f"no model, {KEY}."}}, "refuses the request (HTTP 404): no model, …."),
        (400, {"detail": "too long"}, "refuses the request (HTTP 400): too long."),
        (400, [3], "refuses the request (HTTP 400)."),
        (200, b"<html>", "did not answer with a chat completion"),
        (200, b"\xff\xfe", "did not answer with a chat completion"),
        (200, [], "did not answer with a chat completion"),
        (200, {"error": "no"}, "did not answer with a chat completion"),
        (200, {"choices": []}, "did not answer with a chat completion"),
        (200, {"choices": [3]}, "did not answer with a chat completion"),
        (200, {"choices": [{"message": {"content": ["x"]}}]}, "did not answer with a chat completion"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(serving, status, said, words):
    with serving(lambda *_: (status, {}, said), key_env="TEST_KEY") as (server, caller):
        (reply,) = caller.answer([call()])
    assert words in reply.error and KEY[:6] not in reply.error and len(server.bodies) == 1


def test_a_server_that_does_not_answer_in_time(serving):
    stop = threading.Event()

    def say(*_):
        stop.wait(20)
        return 200, {}, {}

    with serving(say, Patience(2, 0.01), timeout=1) as (server, caller):
        (reply,) = caller.answer([call()])
        stop.set()
    assert "did not answer within 1 seconds; it was asked 2 times" in reply.error and len(server.bodies) == 2


def test_nobody_there(online):
    caller = EndpointCaller(Endpoint("none", "http://127.0.0.1:9/v1", "m"), QUICK)
    assert "endpoint:none cannot be reached" in caller.answer([call()])[0].error


def test_usage_that_is_not_told_is_guessed(serving):
    with serving({"choices": [{"message": {"content": "12345678"}, "finish_reason": "length"}]}) as (
        _,
        caller,
    ):
        (reply,) = caller.answer([call()])
    assert reply.texts == (Text("12345678", 3, "length"),) and reply.prompt_tokens == caller.count(call())


def test_several_are_under_way_but_no_more_than_may(serving):
    together = threading.Barrier(3)

    def say(*_):
        together.wait(30)  # three at once, or nobody gets on
        return 200, {}, completion("4")

    with serving(say, parallel=3) as (server, caller):
        assert len(caller.answer([call(str(n)) for n in range(9)])) == 9
    assert server.most == 3


def test_who_leaves_does_not_wait(serving):
    stop = threading.Event()

    class Left(Exception):
        pass

    def check():
        if server.bodies:
            raise Left

    with serving(lambda *_: (stop.wait(20), (200, {}, completion("4")))[1], parallel=1) as (server, caller):
        with pytest.raises(Left):
            caller.answer([call(), call("b")], check)
        assert server.under_way == 1
        stop.set()
    assert len(server.bodies) == 1


def test_nothing_is_sent_without_the_key_or_offline(monkeypatch, online):
    monkeypatch.delenv("TEST_KEY")
    with pytest.raises(GlassworksError, match="TEST_KEY, which is not set"):
        EndpointCaller(Endpoint("a", "http://127.0.0.1:9", "m", key_env="TEST_KEY"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(GlassworksError, match="HF_HUB_OFFLINE"):
        EndpointCaller(Endpoint("a", "http://127.0.0.1:9", "m"))


def test_what_it_tells_of_a_call_has_no_key(online):
    caller = EndpointCaller(Endpoint("a", "http://127.0.0.1:9", "m", key_env="TEST_KEY"))
    assert KEY not in json.dumps(caller.told(call()))
    assert key_of(caller.told(call())) != key_of(caller.told(call(begun="So")))
