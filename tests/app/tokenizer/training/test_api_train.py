"""/train_tokenizer over HTTP, called with gradio_client on a launched app."""

import json
import threading
import time

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from app.api import train_tokenizer as api
from pipelines.jobs.states import JobState
from tests.support.endpoints import client_of, launched

TEXT = "\n<|endoftext|>\n".join(f"The fox number {n} went home over the hill." for n in range(60))
ASK = {"api_name": "/train_tokenizer"}


@pytest.fixture
def connect(services):
    """``connect("eve")`` is a client of that visitor."""
    with launched(api, services) as url:
        yield lambda name="owner": client_of(url, name)


@pytest.fixture
def working(services, do):
    """Does queued jobs as they come."""
    ended = threading.Event()

    def work():
        while not ended.wait(0.02):
            for job in services.jobs.list():
                if job.state is JobState.QUEUED:
                    do(job.id)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_a_text_becomes_a_tokenizer(connect, services, working):
    made = connect("eve").predict(vocab_size=300, text=TEXT, options='{"name": "Foxes"}', **ASK)
    assert made["name"] == f"run/{made['job']}" and made["state"] == "succeeded"
    assert made["metrics"]["vocab_size"] <= 300 and made["metrics"]["documents"] == 57
    sizes = [point["vocab_size"] for point in made["curve"]]
    assert sizes[0] == 264 and sizes[-1] == made["metrics"]["vocab_size"]
    assert made["curve"][-1]["bytes_per_token"] == pytest.approx(made["metrics"]["bytes_per_token"])
    assert services.models.tokenizer(made["name"]).title == "Foxes"
    assert services.jobs.get(made["job"]).owner == "eve"


def test_a_file_becomes_a_tokenizer(connect, services, working, tmp_path):
    file = tmp_path / "foxes.jsonl"
    file.write_text("\n".join(json.dumps({"text": line}) for line in TEXT.split("\n<|endoftext|>\n")))
    made = connect("eve").predict(
        "unigram", 120, file=handle_file(file), options='{"byte_level": false}', **ASK
    )
    assert services.models.tokenizer(made["name"]).algorithm == "unigram"
    assert [info.title for info in services.corpora.list("eve")] == ["foxes.jsonl"]


def test_what_takes_longer_goes_on(connect, services):
    began = time.monotonic()
    made = connect().predict(text=TEXT, wait=0, **ASK)
    assert (made["state"], made["name"], made["curve"]) == ("queued", None, [])
    assert services.jobs.get(made["job"]).state is JobState.QUEUED and time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"algorithm": "best"}, "algorithm accepts one of 'bpe'"),
        ({"vocab_size": 100}, "at least 264 here"),
        ({"text": TEXT, "vocab_size": 0}, "vocab_size accepts a whole number from 1"),
        ({"options": "[]"}, "spec accepts a JSON object"),
        ({"options": '{"depth": 1}'}, "the fields are corpus"),
        ({"wait": 1000}, "wait accepts a number of seconds from 0 to 300"),
        ({"text": "  \n "}, "text"),
        ({"file": {"path": "/etc/passwd"}}, "file accepts an uploaded file"),
        ({"file": {"path": "/etc/passwd"}, "text": TEXT}, "nothing beside a text"),
    ],
)
def test_a_wrong_request_is_refused_by_name(connect, services, told, words):
    with pytest.raises(AppError, match=words):
        connect().predict(**told, **ASK)
    assert services.jobs.list() == [] and services.corpora.list("owner") == []


def test_files_of_this_machine_are_not_read(connect, services, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text(TEXT)
    client = connect("eve")
    with pytest.raises(AppError, match="Only the owner"):
        client.predict(options=json.dumps({"corpus": f"path:{secret}"}), **ASK)
    sent = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    address = f"{client.src}gradio_api/call/train_tokenizer"  # the client would upload the file first
    asked = httpx.post(address, json={"data": ["bpe", 300, "", sent, "{}", 5]})
    assert "event: error" in httpx.get(f"{address}/{asked.json()['event_id']}").text
    assert services.jobs.list() == [] and services.corpora.list("eve") == services.corpora.list("owner") == []


def test_why_it_failed_is_said(connect, working):
    with pytest.raises(AppError, match=r"vocab_size accepts at least \d+ here"):
        connect().predict(vocab_size=12, text=TEXT, options='{"byte_level": false}', **ASK)
