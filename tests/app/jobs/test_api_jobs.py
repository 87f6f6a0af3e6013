"""The endpoints over HTTP, called with gradio_client on a launched app."""

import json

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import jobs as api
from pipelines.jobs.states import JobState


@pytest.fixture(scope="module")
def served(make_services, tmp_path_factory):
    """One app for all tests of this file; :func:`services` empties it between them."""
    services = make_services(tmp_path_factory.mktemp("runs"))
    with gr.Blocks(analytics_enabled=False) as page:
        api.build(services)
    page.queue(api_open=False)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", show_error=False)
    yield services, url
    page.close()


@pytest.fixture
def services(served):
    fakes, _ = served
    fakes.jobs.rows.clear()
    fakes.settings.on_space = False
    return fakes


@pytest.fixture
def address(served, services):
    return served[1]


@pytest.fixture
def client(address):
    return Client(address, verbose=False)


@pytest.fixture
def eve(address):
    return Client(address, verbose=False, headers={"x-glassworks-visitor": "eve"})


def test_a_job_is_submitted_watched_and_steered(client, services):
    spec = {"size": 1, "max_steps": 40, "warmup_steps": 5, "name": "Tales"}
    job_id = client.predict("pretrain", json.dumps(spec), api_name="/submit_job")
    assert services.jobs.get(job_id).spec["max_steps"] == 40
    job = client.predict(job_id, api_name="/job")
    assert (job["state"], job["title"], job["actions"]) == ("queued", "Tales", ["cancel"])
    services.jobs.set(job_id, JobState.RUNNING)
    services.jobs.emit(job_id, {"type": "train", "step": 1, "loss": 2.5}, step=1, total=40)
    assert client.predict(job_id, api_name="/job")["step"] == 1
    assert client.predict(job_id, "pause", api_name="/control_job")["state"] == "pausing"
    assert [j["id"] for j in client.predict(api_name="/jobs")] == [job_id]


def test_events_come_from_a_cursor(client, services):
    job_id = client.predict("pretrain", api_name="/submit_job")
    services.jobs.emit(job_id, {"type": "notice", "message": "one"})
    first = client.predict(job_id, api_name="/job_events")
    assert [e["message"] for e in first["events"]] == ["one"]
    services.jobs.emit(job_id, {"type": "notice", "message": "two"})
    second = client.predict(job_id, first["cursor"], api_name="/job_events")
    assert [e["message"] for e in second["events"]] == ["two"]


def test_a_corpus_added_here_can_be_trained_on_by_its_owner_alone(eve, client, address):
    corpus = eve.predict("Once upon a time.", "Hers", api_name="/add_corpus")
    assert eve.predict(corpus, api_name="/corpus")["title"] == "Hers"
    assert eve.predict("pretrain", json.dumps({"corpus": corpus}), api_name="/submit_job")
    mallory = Client(address, verbose=False, headers={"x-glassworks-visitor": "mallory"})
    with pytest.raises(AppError, match="no corpus"):
        mallory.predict("pretrain", json.dumps({"corpus": corpus}), api_name="/submit_job")


def test_anothers_job_does_not_exist(client, eve):
    job_id = client.predict("pretrain", api_name="/submit_job")
    assert eve.predict(api_name="/jobs") == []
    for name, more in (("/job", ()), ("/job_events", ()), ("/control_job", ("cancel",))):
        with pytest.raises(AppError, match="There is no job"):
            eve.predict(job_id, *more, api_name=name)


@pytest.mark.parametrize("corpus", ["path:/etc/passwd", "path:."])
def test_this_machines_files_are_the_owners(eve, corpus):
    with pytest.raises(AppError, match="Only the owner"):
        eve.predict("pretrain", json.dumps({"corpus": corpus}), api_name="/submit_job")
    with pytest.raises(AppError, match="Only the owner"):
        eve.predict(corpus, api_name="/corpus")


def test_a_foreign_tokenizer_is_the_owners_to_fetch(eve):
    with pytest.raises(AppError, match="for the owner"):
        eve.predict("pretrain", json.dumps({"tokenizer": "someone/model"}), api_name="/submit_job")


def test_on_a_space_training_needs_the_owner(eve, services):
    services.settings.on_space = True
    with pytest.raises(AppError, match="Only the owner may train"):
        eve.predict("pretrain", api_name="/submit_job")


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        ("pretrain", '{"max_steps": 0}', "max_steps accepts a whole number from 1"),
        ("pretrain", '{"nonsense": 1}', "nonsense accepts nothing: the fields are"),
        ("pretrain", '{"size": 99}', "size accepts a whole number from 1 to 12"),
        ("pretrain", "[1, 2]", "spec accepts a JSON object"),
        ("pretrain", "{" * 20_000, "spec accepts a JSON object"),
        ("dance", "{}", "the kinds are pretrain"),
    ],
)
def test_a_wrong_spec_is_refused_by_name(client, services, kind, spec, message):
    with pytest.raises(AppError, match=message):
        client.predict(kind, spec, api_name="/submit_job")
    assert services.jobs.list() == []


def test_a_wrong_action_or_limit_is_refused(client):
    job_id = client.predict("pretrain", api_name="/submit_job")
    with pytest.raises(AppError, match="accepts cancel now"):
        client.predict(job_id, "pause", api_name="/control_job")
    with pytest.raises(AppError, match="limit accepts"):
        client.predict(0, api_name="/jobs")
    with pytest.raises(AppError, match="cursor accepts"):
        client.predict(job_id, -1, api_name="/job_events")


def test_every_endpoint_is_documented_and_only_the_first_argument_is_required(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    names = {"/submit_job", "/job", "/jobs", "/control_job", "/add_corpus", "/job_events", "/corpus"}
    assert names <= set(endpoints)
    for name in names:
        required = [p for p in endpoints[name]["parameters"] if not p["parameter_has_default"]]
        assert len(required) <= 1, name
        assert endpoints[name].get("description"), name
