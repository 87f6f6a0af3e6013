"""The whole app on a ZeroGPU Space, with the real ``spaces`` package: what goes to the GPU, for whom, and
what is refused.
"""

import base64
import contextvars
import json
import urllib.request
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.stoppable import Stoppable
from app.zero_gpu import training_note
from tests.support.zero_app import ZeroApp
from tests.support.zero_gpu import DeviceApi

TOKEN = f"x.{base64.urlsafe_b64encode(json.dumps({'user': 'ada'}).encode()).decode().rstrip('=')}.y"
LIMIT = {"GLASSWORKS_ZERO_CPU_MILLIONS": "15", "GLASSWORKS_THREADS": "1"}  # between the two house models
WORDS = "Models can be tried on this Space, not trained"


@pytest.fixture(scope="module")
def api():
    made = DeviceApi()
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(api, tmp_path_factory):
    with ZeroApp(tmp_path_factory.mktemp("zero") / "home", **api.environment(), **LIMIT) as running:
        yield running


@pytest.fixture(scope="module")
def client(app):
    return Client(app.url, headers={"X-IP-Token": TOKEN}, verbose=False, httpx_kwargs={"timeout": 60})


def test_spaces_is_told_of_the_function_at_the_start(app, api):
    assert api.reports == 1 and not api.asked


def test_a_small_model_costs_no_quota(client, api):
    assert client.predict("house/story-base", "Once upon a time", 5, api_name="/generate")
    assert not api.asked


def test_a_larger_one_is_computed_on_the_visitor_s_quota(client, api):
    told = client.predict("house/minilm-fill-mask", "The sun is very [MASK] today.", api_name="/fill_mask")
    assert len(json.dumps(told)) > 100
    (asked,) = api.asked
    assert asked["token"] == TOKEN
    assert 5 < int(asked["durationSeconds"]) < 30
    assert len(api.pids) == 1


def test_training_is_refused_before_it_starts(client):
    with pytest.raises(AppError, match=r"Pretraining does not run on this Space: .*Hugging Face Jobs"):
        client.predict("pretrain", '{"corpus": "sample", "size": 1}', api_name="/submit_job")
    assert client.predict(api_name="/jobs") == []


def test_the_page_says_so(app):
    with urllib.request.urlopen(f"{app.url}config") as answer:
        assert answer.read().decode().count(WORDS) == 3  # where one pretrains, tunes, learns from votes


@pytest.mark.parametrize("zero_gpu", [True, False])
def test_the_note_stands_on_zero_gpu_alone(zero_gpu):
    with gr.Blocks() as page:
        training_note(SimpleNamespace(settings=SimpleNamespace(zero_gpu=zero_gpu)))
    assert [WORDS in str(block.value) for block in page.blocks.values() if isinstance(block, gr.HTML)] == (
        [True] * zero_gpu
    )


def test_a_stream_in_a_thread_knows_whose_request_it_is():
    asking = contextvars.ContextVar("asking")

    def stream():
        yield asking.get("nobody")

    asking.set("ada")
    assert list(Stoppable(stream()).events()) == ["ada"]
