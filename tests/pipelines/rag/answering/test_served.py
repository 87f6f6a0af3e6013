"""Answers streamed by a real server on this machine, one that fails, and one that talks nonsense."""

import json
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from huggingface_hub import constants

from pipelines.core.errors import GlassworksError
from pipelines.models.endpoints import Endpoint
from pipelines.rag.answering.served import served
from pipelines.rag.specs import AnswerSpec
from tests.support.loopback import answering

KEY, HUB = "sk-very-secret-0123", "hf_the_owners_own"
SAID = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is it?"})


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        server.sent.append(dict(self.headers))
        status, chunks = server.say
        self.send_response(status)
        self.end_headers()
        try:
            for chunk in chunks:
                self.wfile.write(chunk if isinstance(chunk, bytes) else chunk())
                self.wfile.flush()
        except OSError:
            server.left.set()

    def log_message(self, *_):
        pass


def event(text):
    choice = {"delta": {"content": text, "role": "assistant"}, "finish_reason": None, "index": 0}
    told = {"choices": [choice]}
    told |= {"id": "1", "created": 1, "model": "m", "system_fingerprint": ""}
    return f"data: {json.dumps(told)}\n\n".encode()


@pytest.fixture
def serving(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", HUB)
    monkeypatch.setenv("TEST_KEY", KEY)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    @contextmanager
    def serve(status, *chunks, **given):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.say, server.bodies, server.sent, server.left = (status, chunks), [], [], threading.Event()
        with answering(server):
            yield server, Endpoint("here", f"http://127.0.0.1:{server.server_port}/v1", "theirs", **given)

    return serve


def pieces(endpoint, **spec):
    return list(served(endpoint, SAID, AnswerSpec(**spec)))


def test_pieces_come_as_the_server_sends_them(serving):
    with serving(200, event("Under"), event(""), event(" the oak."), b"data: [DONE]\n\n") as (
        server,
        endpoint,
    ):
        assert pieces(endpoint, max_new_tokens=9) == ["Under", " the oak."]
    (body,) = server.bodies
    assert body["messages"] == list(SAID) and body["model"] == "theirs" and body["stream"] is True
    assert (body["max_tokens"], body["temperature"]) == (9, 0) and "seed" not in body


def test_a_drawn_answer_has_a_seed(serving):
    with serving(200, event("a"), b"data: [DONE]\n\n") as (server, endpoint):
        pieces(endpoint, temperature=0.5, seed=7, top_p=0.9)
    assert {name: server.bodies[0][name] for name in ("seed", "top_p", "temperature")} == {
        "seed": 7,
        "top_p": 0.9,
        "temperature": 0.5,
    }


def test_closing_ends_the_connection(serving):
    with serving(200, event("one"), *([event("more") * 400] * 400)) as (server, endpoint):
        with closing(served(endpoint, SAID, AnswerSpec())) as stream:
            assert next(stream) == "one"
        assert server.left.wait(10)


def test_the_owners_hub_token_is_sent_to_nobody(serving):
    with serving(200, event("a"), b"data: [DONE]\n\n") as (server, endpoint):
        pieces(endpoint)
    with serving(200, event("a"), b"data: [DONE]\n\n", key_env="TEST_KEY") as (keyed, endpoint):
        pieces(endpoint)
    assert HUB not in str(server.sent) + str(keyed.sent)
    assert any(value == f"Bearer {KEY}" for value in keyed.sent[0].values())


@pytest.mark.parametrize(
    ("status", "said", "message"),
    [
        (401, b"{}", "refuses the key in TEST_KEY"),
        (429, b"{}", "too many requests"),
        (503, b"down", "fails .HTTP 503."),
        (400, b'{"error": {"message": "No such model sk-very-secret-0123."}}', "No such model …"),
        (404, b"<html>", "refuses the request .HTTP 404.\\.$"),
    ],
)
def test_a_refusal_says_why_and_tells_no_key(serving, status, said, message):
    with (
        serving(status, said, key_env="TEST_KEY") as (_, endpoint),
        pytest.raises(GlassworksError, match=message) as caught,
    ):
        pieces(endpoint)
    assert KEY not in str(caught.value)


def test_nonsense_is_no_answer(serving):
    with (
        serving(200, b'data: {"choices": "none"}\n\ndata: [1]\n\n') as (_, endpoint),
        pytest.raises(GlassworksError, match="did not answer with a chat completion"),
    ):
        pieces(endpoint)


def test_who_is_not_there_is_named():
    with pytest.raises(
        GlassworksError, match=r"endpoint:here (cannot be reached|did not answer)|HF_HUB_OFFLINE"
    ):
        pieces(Endpoint("here", "http://127.0.0.1:9/v1", "theirs", timeout=5))


def test_nothing_is_sent_offline(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(GlassworksError, match="HF_HUB_OFFLINE"):
        pieces(Endpoint("here", "http://127.0.0.1:9/v1", "theirs"))
