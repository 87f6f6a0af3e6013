"""Against a server on this machine that says what a tiny model says, in the forms in which servers do."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pytest

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.evaluation.answering.conversation import Conversation
from pipelines.evaluation.answering.endpoint import EndpointAnswerer
from pipelines.evaluation.answering.local import LocalAnswerer
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.records import Ask, Write
from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience
from tests.support.loopback import answering
from tests.support.tiny_models import tiny

ASKS = [
    Ask("Anna found a red", " kite by the river"),
    Ask("Anna found ", "the dog"),
    Ask("The little dog", " barked"),
    Ask("The little dog", " kite"),
]


class FakeServer(ThreadingHTTPServer):
    """``say(path, body)`` gives (status, JSON)."""

    daemon_threads = True

    def __init__(self, say):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.say, self.asked = say, []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.removeprefix("/v1")
        self.server.asked.append((path, body, dict(self.headers)))
        status, said = self.server.say(path, body)
        said = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def serving(monkeypatch):
    """``with serving(say, **fields) as (server, answerer)``."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    @contextmanager
    def serve(say, advance=lambda count: None, **given):
        with answering(FakeServer(say)) as server:
            endpoint = Endpoint("here", f"http://127.0.0.1:{server.server_port}/v1", "served", **given)
            yield server, EndpointAnswerer(endpoint, advance, Patience(2, 0.01, 0.1))

    return serve


def as_served(loaded, form, begins=""):
    """A server's ``say`` for the model: by the ``form`` ``echo`` or ``vllm`` or none, with ``begins`` before
    the first token, as by a tokenizer that adds one."""
    tokenizer = loaded.tokenizer
    plain = LocalAnswerer(loaded, pieces=True)

    def say(path, body):
        if path != "/completions":
            return 404, {"error": "no such path"}
        if "echo" in body and form == "vllm":
            return 400, {"error": "echo is not supported"}
        ids = tokenizer(body["prompt"]).input_ids
        (said,) = plain.score([Ask("", body["prompt"])])
        values = [None if not begins else said.pieces[0][1], *(value for _, value in said.pieces[1:])]
        pieces = [tokenizer.decode(one) for one in ids]
        if begins:
            pieces, values = [begins, *pieces], [None, *values]
        choice = {"text": body["prompt"] + " x"}
        if form == "echo":
            pairs = zip(pieces, values, strict=True)
            top = [None if value is None else {"other": value - 1.0, piece: value} for piece, value in pairs]
            choice["logprobs"] = {
                "tokens": [*pieces, " x"],
                "token_logprobs": [*values, -1.0],
                "top_logprobs": [*top, {" x": -1.0}],
            }
        elif form == "vllm":
            told = [
                {str(at): {"logprob": value, "rank": 1, "decoded_token": piece}}
                for at, (piece, value) in enumerate(zip(pieces, values, strict=True))
            ]
            choice["prompt_logprobs"] = [None, *told[1:]]
        return 200, {"choices": [choice]}

    return say


@pytest.mark.parametrize("form", ["echo", "vllm"])
def test_what_a_server_says_of_a_prompt_is_what_the_model_says(serving, form):
    """Its first token has nothing before it: here it has the same as in the model's own context."""
    loaded, heard = tiny("llama"), []
    local = LocalAnswerer(loaded, pieces=True)
    wanted = local.score([Ask("", ask.context + ask.continuation) for ask in ASKS])
    with serving(as_served(loaded, form), heard.append, parallel=2) as (server, model):
        assert model.scores() and model.scores()
        tried = len(server.asked)
        said = model.score(ASKS)
        assert tried == (1 if form == "echo" else 2) and len(server.asked) == tried + len(ASKS)
    assert sum(heard) == len(ASKS)
    for ask, one, whole in zip(ASKS, said, wanted, strict=True):
        own = ask.continuation if ask.context == ask.context.rstrip() else f" {ask.continuation}"
        assert "".join(piece for piece, _ in one.pieces) == own
        assert one.log_prob == pytest.approx(sum(value for _, value in whole.pieces[-one.tokens :]))
    assert all(one.greedy for one in said)
    with serving(as_served(loaded, form)) as (_, model), pytest.raises(GlassworksError, match="a context"):
        model.score([Ask("", "Anna found")])


def test_a_token_that_a_server_puts_first_lets_it_score_whole_texts(serving):
    loaded = tiny("llama")
    (wanted,) = LocalAnswerer(loaded).score([Ask("", "Anna found")])
    with serving(as_served(loaded, "echo", begins="<s>")) as (_, model):
        (said,) = model.score([Ask("", "Anna found")])
    assert (said.log_prob, said.tokens) == (pytest.approx(wanted.log_prob), wanted.tokens)


def test_a_server_that_tells_no_log_probabilities_writes_alone(serving):
    with serving(as_served(tiny("llama"), "")) as (_, model):
        assert not model.scores()
        with pytest.raises(GlassworksError, match="asked to write alone"):
            model.score(ASKS)
        assert model.write([Write("Anna", ("na",), 5), Write("kite")]) == [("An",), ("kite x",)]


def test_a_server_that_cannot_be_reached_is_no_server_that_does_not_score(serving):
    with serving(lambda *_: (503, {})) as (_, model), pytest.raises(GlassworksError, match="HTTP 503"):
        model.scores()


def test_texts_are_asked_for_as_they_are_wanted(serving):
    with serving(lambda path, body: (200, {"choices": [{"text": f"{body.get('seed')} END x"}]})) as pair:
        server, model = pair
        drawn = Write("Q", ("END", "", "b", "c", "d", "e"), 7, 0.5, 0.9, samples=3, seed=2)
        assert model.write([drawn]) == [("2 ", "3 ", "4 ")]
        assert model.write([Write("Q", samples=2)]) == [("None END x",) * 2]
    bodies = [body for _, body, _ in server.asked]
    assert len(bodies) == 4 and "seed" not in bodies[3]
    assert bodies[0] == {
        "model": "served", "prompt": "Q", "max_tokens": 7, "temperature": 0.5, "stop": ["END", "b", "c", "d"],
        "seed": 2, "top_p": 0.9,
    }  # fmt: skip


def test_a_server_that_has_chats_alone(serving):
    def say(path, body):
        if path != "/chat/completions":
            return 404, {"error": "no"}
        said = " / ".join(f"{message['role']}: {message['content']}" for message in body["messages"])
        return 200, {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}

    with serving(say, parallel=1) as (server, model):
        assert not model.scores()
        before = len(server.asked)
        assert model.write([Write("Hi"), Write("Ho")]) == [("user: Hi",), ("user: Ho",)]
        assert [path for path, *_ in server.asked[before:]].count("/completions") == 1
        talk = model.chat([{"role": "system", "content": "Be <b>"}, {"role": "user", "content": "Hi"}])
        assert isinstance(talk, str)
        assert model.write([Write(talk)]) == [("system: Be <b> / user: Hi",)]
        assert model.write([Write(talk + "So")]) == [("system: Be <b> / user: Hi / assistant: So",)]


def test_an_answer_may_have_begun():
    talk = Conversation.of([{"role": "user", "content": "Hi"}]) + "So" + " it"
    assert talk.begun == "So it" and talk.rest(" So it is") == " is" and talk.rest("is") == "is"
    last = {"role": "assistant", "content": "So it"}
    assert talk.body("message") == {"messages": [{"role": "user", "content": "Hi"}, last]}
    assert talk.body("vllm")["extra_body"]["continue_final_message"] is True
    (told,) = talk.body("instruction")["messages"]
    assert told["content"].startswith("Hi\n\n") and told["content"].endswith("\nSo it")


def test_nothing_is_scored_within_a_server_s_own_template(serving):
    with serving(as_served(tiny("llama"), "echo")) as (_, model):
        talk = model.chat([{"role": "user", "content": "Hi"}])
        with pytest.raises(GlassworksError, match="template of endpoint:here is the server's own"):
            model.score([Ask(talk, " Ho")])


def test_the_first_refusal_ends_all_and_says_why(serving):
    refusing = serving(lambda *_: (401, {"error": "bad key"}))
    with refusing as (_, model), pytest.raises(GlassworksError, match="refuses the key"):
        model.write([Write("a")] * 9)


def test_who_listens_may_stop(serving):
    class Enough(Exception):
        pass

    def stop(count):
        if count:
            raise Enough

    answer = (200, {"choices": [{"text": "x"}]})
    with serving(lambda *_: answer, stop, parallel=1) as (server, model):
        with pytest.raises(Enough):
            model.write([Write("a")] * 50)
        assert len(server.asked) < 50


def test_it_is_opened_by_its_name_and_sends_its_key_alone(serving, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-secret")
    monkeypatch.setenv("HF_TOKEN", "hf_the_owners_own")
    with serving(lambda *_: (200, {"choices": [{"text": "x"}]})) as (server, _):
        told = {"url": f"http://127.0.0.1:{server.server_port}", "model": "m", "key_env": "TEST_KEY"}
        settings = Settings(endpoints=json.dumps({"a": told, "b": {**told, "key_env": ""}}))
        for name in "ab":
            assert opened(f"endpoint:{name}", settings).write([Write("a")]) == [("x",)]
    first, second = (headers for _, _, headers in server.asked)
    assert first["authorization"] == "Bearer sk-secret"
    assert "authorization" not in {name.lower() for name in second}
