"""Trainings on rewards through /submit_job, /estimate and /check_dataset, over an empty home."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import check_dataset, estimate_tuning, jobs
from app.job_panel.history import History, folded
from app.launch import serve
from app.services import make_services
from pipelines.core.settings import Settings

SUMS = {"base": "house/story-instruct", "problems": "sums", "num_problems": 800}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = make_services(settings)
    with gr.Blocks(analytics_enabled=False) as page:
        for endpoints in (jobs, estimate_tuning, check_dataset):
            endpoints.build(services)
    client = Client(serve(page, settings, server_name="127.0.0.1"), verbose=False)
    yield SimpleNamespace(client=client, services=services)
    client.close()
    page.close(verbose=False)
    services.tokenizers.close()


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_a_job_is_taken_with_its_defaults(house, kind):
    job = house.client.predict(kind, json.dumps(SUMS), api_name="/submit_job")
    told = house.services.jobs.status(job).job
    assert told.kind == kind and told.spec["num_generations"] == 8 and told.spec["rewards"] == ["correct=1"]


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_an_estimate_needs_no_rows_where_problems_are_made(house, kind):
    found = house.client.predict(json.dumps({**SUMS, "method": "full"}), kind, api_name="/estimate")
    assert found["steps"] == 100 and found["seconds"] > 0 and found["memory"]["reference"] > 0
    rows = "\n".join(json.dumps({"prompt": f"Say {n} words."}) for n in range(100))
    told = {"dataset": house.services.rows.add_text(rows, "somebody").id, "problems": "rows", "batch_size": 9}
    told |= {"rewards": ["length=1"], "target_length": 9}
    found = house.client.predict(json.dumps({**SUMS, **told}), kind, api_name="/estimate")
    assert found["steps"] == 10 and "reference" not in found["memory"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"num_generations": 1}, "num_generations accepts a whole number from 2 to 64; got 1"),
        (
            {"rewards": ["model=1"], "reward_model": "house/story-base"},
            "reward_model accepts the name of a rewa",
        ),
        ({"rewards": ["model=1"], "reward_model": "run/0123456789ab"}, "There is no"),
        ({"base": "house/minilm-ner"}, "base accepts for the task grpo a model that goes on with a text"),
        ({"problems": "rows", "dataset": "upload:0123456789abcdef01234567"}, "There is no such upload"),
    ],
)
def test_what_does_not_fit_is_refused(house, fields, message):
    with pytest.raises(AppError) as caught:
        house.client.predict("grpo", json.dumps({**SUMS, **fields}), api_name="/submit_job")
    assert message in str(caught.value)


def test_prompts_are_checked_before_the_job(house):
    def checked(rows="", **fields):
        told = json.dumps({**SUMS, "task": "rloo", **fields})
        return house.client.predict(told, None, rows, None, api_name="/check_dataset")

    made = checked(eval_prompts=20)
    assert (made["training"], made["held_out"], made["dataset"], made["blocked"]) == (800, 20, "", False)
    assert "".join(made["preview"][0]["tokens"]).endswith("<|assistant|>")
    rows = "\n".join(json.dumps({"prompt": f"Say {n} words."}) for n in range(20))
    found = checked(rows, problems="rows")
    assert found["blocked"] and found["findings"][0]["check"] == "right answers"
    assert not checked(rows, problems="rows", rewards=["length=1"], target_length=9)["findings"]


def test_the_job_panel_draws_the_share_of_right_answers():
    told = [
        {"type": "eval", "step": step, "right": right, "reward": right}
        for step, right in ((0, 0.1), (5, 0.7))
    ]
    ((name, curve),) = folded(History(), told).measures
    assert name == "right answers" and list(curve.values) == [0.1, 0.7]
