"""The endpoints over HTTP, called with gradio_client on a launched app."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import jobs as api
from pipelines.jobs.states import JobState
from tests.support.endpoints import client_of, launched


@pytest.fixture(scope="module")
def served(make_services, tmp_path_factory):
    """One app for all tests of this file; :func:`services` empties it between them."""
    services = make_services(tmp_path_factory.mktemp("runs"))
    with launched(api, services) as url:
        yield services, url


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
    return client_of(address)


@pytest.fixture
def eve(address):
    return client_of(address, "eve")


def test_a_job_is_submitted_watched_and_steered(client, services):
    spec = {"size": 1, "max_steps": 40, "warmup_steps": 5, "name": "Tales"}
    job_id = client.predict("pretrain", json.dumps(spec), api_name="/submit_job")
    assert services.jobs.get(job_id).spec["max_steps"] == 40
    job = client.predict(job_id, api_name="/job")
    assert (job["state"], job["title"], job["actions"]) == ("queued", "Tales", ["cancel"])
    assert job["saved"] is False
    services.jobs.set(job_id, JobState.RUNNING)
    services.jobs.emit(job_id, {"type": "train", "step": 1, "loss": 2.5}, step=1, total=40)
    assert client.predict(job_id, api_name="/job")["step"] == 1
    assert client.predict(job_id, "pause", api_name="/control_job")["state"] == "pausing"
    assert [j["id"] for j in client.predict(api_name="/jobs")] == [job_id]


def test_a_result_is_called_saved_when_it_is_where_jobs_are_kept(client, services, monkeypatch):
    job_id = client.predict("pretrain", api_name="/submit_job")
    services.jobs.set(job_id, JobState.SUCCEEDED)
    for there in (False, True):
        monkeypatch.setattr(services.keeping, "run_saved", lambda _, there=there: there)
        assert client.predict(job_id, api_name="/job")["saved"] is there


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
    mallory = client_of(address, "mallory")
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


def test_a_second_corpus_is_for_those_who_may_read_it(eve, client):
    theirs = client.predict("Once upon a time.", api_name="/add_corpus")
    spec = {"second_corpus": theirs, "second_share": 0.2}
    with pytest.raises(AppError, match="no corpus"):
        eve.predict("pretrain", json.dumps(spec), api_name="/submit_job")
    with pytest.raises(AppError, match="Only the owner"):
        eve.predict("pretrain", json.dumps({"second_corpus": "path:."}), api_name="/submit_job")
    assert client.predict("pretrain", json.dumps(spec), api_name="/submit_job")


@pytest.fixture
def trained(client, services):
    """The name of the model of a run of the owner's, with a context of 64."""
    job_id = client.predict("pretrain", api_name="/submit_job")
    services.models.rows.clear()
    services.models.add(f"run/{job_id}", "GPT2LMHeadModel")
    return f"run/{job_id}"


def test_training_goes_on_from_a_model_with_that_models_architecture(client, services, trained):
    spec = {"start_from": trained, "second_corpus": "sample", "context_length": 64}
    job_id = client.predict("pretrain", json.dumps(spec), api_name="/submit_job")
    stored = services.jobs.get(job_id).spec
    assert (stored["start_from"], stored["architecture"]) == (trained, "gpt2")


def test_a_context_longer_than_the_models_is_refused_before_the_queue(client, trained):
    with pytest.raises(AppError, match=r"context_length accepts at most the context of .*, 64"):
        client.predict(
            "pretrain", json.dumps({"start_from": trained, "context_length": 128}), api_name="/submit_job"
        )


def test_a_model_that_writes_nothing_cannot_be_trained_on(client, services, trained):
    services.models.add("house/judge", "BertForSequenceClassification", "sequence-classification")
    with pytest.raises(AppError, match="house/judge cannot be trained on"):
        client.predict("pretrain", '{"start_from": "house/judge"}', api_name="/submit_job")


@pytest.mark.parametrize("field", ["start_from", "tokenizer"])
def test_anothers_run_cannot_be_trained_on(eve, trained, field):
    with pytest.raises(AppError, match=r"no (model|tokenizer) .* among yours"):
        eve.predict("pretrain", json.dumps({field: trained}), api_name="/submit_job")


def test_on_a_space_training_needs_the_owner(eve, services):
    services.settings.on_space = True
    with pytest.raises(AppError, match="Only the owner may start jobs"):
        eve.predict("pretrain", api_name="/submit_job")


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        ("pretrain", '{"max_steps": 0}', "max_steps accepts a whole number from 1"),
        ("pretrain", '{"nonsense": 1}', "nonsense accepts nothing: the fields are"),
        ("pretrain", '{"size": 99}', "size accepts a whole number from 1 to 12"),
        ("pretrain", '{"optimizer": "adam"}', "optimizer accepts one of 'adamw', 'muon'"),
        ("pretrain", '{"stages": ["half of it"]}', "stages accepts lines such as"),
        ("pretrain", '{"stages": ["0.5", "0.4"]}', "stages accepts lines such as"),
        ("pretrain", '{"stages": ["1 second_share=0.5"]}', "no second_share without a second_corpus"),
        ("pretrain", '{"second_share": 0.5}', "second_share accepts 0 without a second_corpus"),
        ("pretrain", '{"second_corpus": "upload:none"}', "no corpus"),
        ("pretrain", '{"start_from": "run/0b4xk2m9qwer"}', "no model"),
        ("pretrain", '{"start_from": "tales"}', "model accepts a model's name"),
        (
            "pretrain",
            '{"start_from": "run/0b4xk2m9qwer", "tokenizer": "house/x"}',
            "tokenizer accepts 'train'",
        ),
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
