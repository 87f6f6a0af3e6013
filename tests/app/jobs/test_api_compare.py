"""/compare_runs and /lineage over HTTP."""

from pathlib import Path

import pytest
from gradio_client.exceptions import AppError

from app.api import compare as api
from pipelines.core.ids import new_id
from pipelines.models.entries import ModelEntry
from tests.support.endpoints import client_of, launched


@pytest.fixture(scope="module")
def served(make_services, tmp_path_factory):
    services = make_services(tmp_path_factory.mktemp("runs"))
    with launched(api, services) as url:
        yield services, url


@pytest.fixture
def services(served):
    fakes, _ = served
    fakes.jobs.rows.clear()
    fakes.models.rows.clear()
    return fakes


@pytest.fixture
def client(served, services):
    return client_of(served[1])


@pytest.fixture
def eve(served, services):
    return client_of(served[1], "eve")


def run(services, owner="owner", **spec):
    job = services.jobs.submit("pretrain", {"seed": 1, **spec}, owner, "Tales")
    services.jobs.emit(job.id, {"type": "plan", "total_steps": 2, "tokens": 20, "parameters": 7})
    for step in (1, 2):
        services.jobs.emit(job.id, {"type": "eval", "step": step, "loss": 2.0, "second_loss": 3.0 - step})
    return job.id


def model(services, name, parent=None, **lineage):
    told = {
        "name": name,
        "parent": parent,
        "method": "sft",
        "code_version": "abc",
        "spec": {"seed": 1},
        **lineage,
    }
    facts = {"path": Path(), "architecture": "Llama", "parameters": 9, "context_length": 8, "vocab_size": 300}
    entry = ModelEntry(
        name, name, **facts, capabilities=frozenset(), bytes_on_disk=1, lineage=told, created=5.0
    )
    services.models.rows.append(entry)
    return name


def test_two_runs_are_compared(client, services):
    one, two = run(services), run(services, num_layers=4)
    answer = client.predict([one, two], "second_loss", "tokens", api_name="/compare_runs")
    assert [r["letter"] for r in answer["runs"]] == ["A", "B"]
    assert (answer["runs"][1]["x"], answer["runs"][1]["y"]) == ([10.0, 20.0], [2.0, 1.0])
    assert answer["runs"][0]["final"] == {"validation_loss": 2.0, "second_loss": 1.0, "parameters": 7}
    assert answer["differences"] == {"num_layers": {"A": None, "B": 4}}
    assert answer["metrics"] == ["validation_loss", "second_loss"]


def test_a_run_without_the_metric_has_no_points(client, services):
    answer = client.predict([run(services), run(services)], api_name="/compare_runs")
    assert [r["y"] for r in answer["runs"]] == [[], []]


@pytest.mark.parametrize(
    ("jobs", "more", "message"),
    [
        ([], {}, "jobs accepts two to 8 different job ids"),
        (["5768p155qy2j", "5768p155qy2j"], {}, "jobs accepts two to 8"),
        (["../x", "y"], {}, "runs accepts job ids"),
        (["5768p155qy2j"] * 9, {}, "at most 8"),
        (["5768p155qy2j", "5768p155qy2k"], {"metric": "charm"}, "metric accepts one of bits_per_byte"),
        (["5768p155qy2j", "5768p155qy2k"], {"x": "miles"}, "x accepts one of"),
        (["5768p155qy2j", "5768p155qy2k"], {}, "There is no job"),
    ],
)
def test_a_wrong_question_is_refused_with_what_is_accepted(client, jobs, more, message):
    with pytest.raises(AppError, match=message):
        client.predict(jobs, **more, api_name="/compare_runs")


def test_anothers_run_cannot_be_compared(client, eve, services):
    hers, mine = run(services, owner="eve"), run(services)
    with pytest.raises(AppError, match="There is no job"):
        eve.predict([hers, mine], api_name="/compare_runs")
    assert client.predict([hers, mine], api_name="/compare_runs")["runs"]


def test_a_models_family(client, services):
    base = model(services, "house/base")
    child = model(services, f"run/{new_id()}", base, corpus={"id": "sample", "sha256": "ab"})
    leaf = model(services, f"run/{new_id()}", child)
    model(services, "house/other")
    answer = client.predict(child, api_name="/lineage")
    assert answer["model"]["corpora"] == [{"id": "sample", "sha256": "ab"}]
    assert [m["name"] for m in answer["ancestors"]] == [base]
    assert [m["name"] for m in answer["descendants"]] == [leaf]
    assert [m["name"] for m in client.predict(leaf, api_name="/lineage")["ancestors"]] == [child, base]


def test_a_missing_parent_is_said_to_be_missing(client, services):
    child = model(services, f"run/{new_id()}", "openai-community/gpt2")
    (parent,) = client.predict(child, api_name="/lineage")["ancestors"]
    assert (parent["name"], parent["here"], parent["parameters"]) == ("openai-community/gpt2", False, None)


def test_a_runs_origin_is_for_whoever_trained_it(client, eve, services):
    job = run(services, owner="eve")
    hers, mine = (
        model(services, f"run/{job}", "path:/home/eve"),
        model(services, f"run/{run(services)}", "path:/x"),
    )
    assert eve.predict(hers, api_name="/lineage")["model"]["code_version"] == "abc"
    told = eve.predict(mine, api_name="/lineage")
    assert (told["model"]["code_version"], told["model"]["spec"]) == (None, None)
    assert "/x" not in str(told)
    assert client.predict(mine, api_name="/lineage")["ancestors"][0]["name"] == "path:/x"


@pytest.mark.parametrize("name", ["house/nothing", "../x", "", "path:/etc"])
def test_an_unknown_model_is_refused(client, name):
    with pytest.raises(AppError, match=r"There is no model|model accepts"):
        client.predict(name, api_name="/lineage")
