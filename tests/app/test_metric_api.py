"""The endpoint /metric over workers in this process."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio_client import Client

from app.api import metric as api
from app.launch import serve
from pipelines.models import minilm
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.operations import INFERENCE, TOKENIZERS
from tests.support.workshop import services as services

BY_EVE = SimpleNamespace(headers={"x-glassworks-visitor": "eve"}, query_params={})
DOG = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
DOGS = [
    ["The dog bit the man.", "The dog had bit the man."],
    ["It was not unexpected.", "No one was surprised."],
    ["The man bit him first.", "The man had bitten the dog."],
]
needs_minilm = pytest.mark.skipif(minilm.folder() is None, reason="the package of MiniLM is not installed")


@pytest.fixture
def metric(services):
    services.tokenizers = InlineRuntime(services.settings, TOKENIZERS.load_engine())
    services.runtime = InlineRuntime(services.settings, INFERENCE.load_engine())
    with gr.Blocks(analytics_enabled=False) as page:
        api.build(services)
    (function,) = [one for one in page.fns.values() if one.api_name == "metric"]
    yield lambda *asked, **more: function.fn(BY_EVE, *asked, **more)
    services.tokenizers.close()
    services.runtime.close()


def test_a_value_with_its_parts(metric):
    found = metric("bleu", DOG, DOGS)
    assert found["value"] == pytest.approx(48.530827)
    assert {"name": "1-grams matched", "value": 14.0, "of": 17.0} in found["parts"]
    assert found["pairs"][0]["alignment"]["prediction"]["marks"] == ("4",) * 6
    assert json.dumps(found, allow_nan=False) and "compared" not in found


def test_over_the_wire(services):
    services.tokenizers = InlineRuntime(services.settings, TOKENIZERS.load_engine())
    with gr.Blocks(analytics_enabled=False) as page:
        api.build(services)
    client = Client(serve(page, services.settings, server_name="127.0.0.1"), verbose=False)
    try:
        asked = {
            "name": "f1",
            "predictions": ["full moon", ""],
            "references": [["the full moon rose"], "sun"],
        }
        found = client.predict(**asked, api_name="/metric")
        assert found["value"] == pytest.approx(0.4) and len(found["pairs"]) == 2
        found = client.predict("meteor", "a cat", "a cat", {"meteor_words": "spaces"}, api_name="/metric")
        assert found["parts"][0] == {"name": "matched as they are", "value": 2.0, "of": None}
    finally:
        client.close()
        page.close(verbose=False)
        services.tokenizers.close()


def test_one_text_and_one_reference(metric):
    assert metric("ter", "d e f g h a b c", "a b c d e f g h")["value"] == 12.5
    assert metric("distinct", "a b a b", settings={"distinct_order": 1})["value"] == 0.5


def test_two_systems(metric):
    found = metric("chrf", DOG, DOGS, against=[text.lower() for text in DOG], samples=100)["compared"]
    assert found["first"] > found["second"] and found["difference"] < 0 < found["p_value"] <= 1
    assert found["low"] <= found["difference"] <= found["high"]


@needs_minilm
def test_vectors_by_the_packaged_encoder(metric):
    found = metric("bertscore", ["", "a dog"], ["a cat", "a dog"])
    assert [pair["value"] for pair in found["pairs"]] == [0.0, pytest.approx(1.0, abs=1e-5)]
    assert len(found["pairs"][1]["alignment"]["similarity"]) == 4


@pytest.mark.parametrize(
    "asked, told",
    [
        (("blue", "a", "a"), "There is no metric 'blue'"),
        (("f1", "a"), "as many as predictions: 1"),
        (("f1", {"a": 1}, "a"), "predictions accepts a text or a list of texts"),
        (("f1", ["a", "b"], ["a"]), "as many as predictions: 2"),
        (("f1", "a", "a", {"tokenize": "13a"}), "nothing for Token F1"),
        (("f1", "a", "a", ["normal"]), "settings accepts a JSON object"),
        (("bleu", "a", "a", {"smoothing": 3}), "smoothing accepts one of"),
    ],
)
def test_what_is_refused(metric, asked, told):
    with pytest.raises(gr.Error) as refused:
        metric(*asked)
    assert told in str(refused.value)
