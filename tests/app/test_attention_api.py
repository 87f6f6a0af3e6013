"""The endpoints about the inside of a model through gradio_client: the real services and the real worker."""

import json

import gradio as gr
import numpy as np
import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from transformers import AutoModelForCausalLM, AutoTokenizer

from app.api import attention
from app.api.attention import read_interventions
from app.launch import serve
from app.services import make_services
from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.models import minilm
from tests.support.tiny_models import build, tokenizer

HOUSE, FOLDER = "house/story-base", REPOSITORY / "assets" / "models" / "story-base"
TEXT = "Once upon a time, there was a little girl named Lily. Lily had a red ball."
OFF = {"kind": "head", "part": "self", "layer": 2, "head": 1}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), device="cpu")
    settings.make_folders()
    services = make_services(settings)
    with gr.Blocks(analytics_enabled=False) as page:
        attention.build(services)
    url = serve(page, settings, server_name="127.0.0.1")
    found = Client(url, verbose=False)
    yield found
    found.close()
    page.close(verbose=False)
    services.runtime.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """``made(family)`` → the name of a tiny model of that family on this disk."""

    def make(family: str) -> str:
        folder = tmp_path_factory.mktemp(family)
        build(family).save_pretrained(folder)
        tokenizer().save_pretrained(folder)
        return f"path:{folder}"

    return make


@pytest.fixture(scope="module")
def whole():
    """The house model as the library has it, with its slow attention: its ids and what it gives out."""
    ids = AutoTokenizer.from_pretrained(FOLDER)(TEXT, return_tensors="pt")["input_ids"]
    model = AutoModelForCausalLM.from_pretrained(
        FOLDER, attn_implementation="eager", dtype=torch.float32
    ).eval()
    with torch.no_grad():
        return ids[0], model(ids, output_attentions=True, output_hidden_states=True)


def test_a_head_is_the_library_s(client, whole):
    ids, out = whole
    told = client.predict(HOUSE, TEXT, 3, 2, api_name="/attention")
    assert [token["id"] for token in told["keys"]] == ids.tolist()
    assert np.abs(np.array(told["weights"]) - out.attentions[3][0, 2].numpy()).max() < 1e-5
    assert [TEXT[t["start"] : t["end"]] for t in told["queries"]][:3] == ["Once", " upon", " a"]
    assert (told["part"], told["layer"], told["head"], told["first"]) == ("self", 3, 2, 0)


def test_some_rows_of_a_head(client, whole):
    _, out = whole
    told = client.predict(HOUSE, TEXT, 0, 0, first=4, count=2, api_name="/attention")
    assert np.abs(np.array(told["weights"]) - out.attentions[0][0, 0, 4:6].numpy()).max() < 1e-5
    assert [token["position"] for token in told["queries"]] == [4, 5]


def test_a_long_text_is_given_in_rows(client):
    text = "The cat sat on the mat. " * 90
    with pytest.raises(AppError, match=r"rows, from first on: the text has .* at most 512"):
        client.predict(HOUSE, text, 0, 0, api_name="/attention")
    told = client.predict(HOUSE, text, 0, 0, first=len(text) // 6, count=3, api_name="/attention")
    assert np.array(told["weights"]).sum(-1) == pytest.approx(np.ones(3), abs=1e-3)
    text = "The cat sat on the mat. " * 60  # more than one piece of rows
    whole = client.predict(HOUSE, text, 1, 1, api_name="/attention")
    assert 256 < len(whole["weights"]) == len(whole["keys"]) <= 512
    assert np.triu(np.array(whole["weights"]), 1).max() == 0


def test_an_encoder_looks_both_ways(client):
    told = client.predict(minilm.NAME, "Hello world", 0, 0, api_name="/attention")
    assert [token["text"] for token in told["keys"]] == ["[CLS]", "hello", "world", "[SEP]"]
    assert told["queries"][0]["special"] and told["queries"][0]["start"] is None
    assert np.array(told["weights"])[0, 1:].min() > 0


def test_cross_attention_has_other_keys_than_queries(client, made):
    given = {"target": "a red kite", "part": "cross"}
    told = client.predict(made("t5"), "The cat found", 1, 3, **given, api_name="/attention")
    assert len(told["weights"]) == len(told["queries"]) != len(told["keys"]) == len(told["weights"][0])


def test_the_summary_has_every_head_and_token(client, whole):
    ids, out = whole
    told = client.predict(HOUSE, TEXT, api_name="/attention_summary")
    (part,), (stream,) = told["parts"], told["streams"]
    assert (part["layers"], part["heads"], part["causal"], told["positions"]) == (6, 4, True, "rope")
    assert np.array(part["measures"]["entropy"]).shape == (6, 4)
    itself = np.array([[float(w.diagonal()[1:].mean()) for w in layer[0]] for layer in out.attentions])
    assert np.allclose(part["measures"]["itself"], itself, atol=1e-5)
    losses = -out.logits[0, :-1].log_softmax(-1).gather(1, ids[1:, None])[:, 0]
    assert told["tokens"][0]["loss"] is told["tokens"][0]["rank"] is None
    assert np.allclose([t["loss"] for t in told["tokens"][1:]], losses, atol=1e-3)
    norms = [float(hidden[0].norm(dim=-1).mean()) for hidden in out.hidden_states[:-1]]
    assert np.allclose(stream["residual"][:-1], norms, rtol=1e-4)
    assert len(stream["attention"]) == len(stream["mlp"]) == 6 and stream["cross"] == []


def test_the_lens_ends_with_the_model_s_own_output(client, whole):
    ids, out = whole
    told = client.predict(HOUSE, TEXT, 3, first=2, count=4, api_name="/logit_lens")
    assert len(told["layers"]) == 7 and [t["id"] for t in told["tokens"]] == ids[2:6].tolist()
    for at, cell in enumerate(told["layers"][-1]):
        best = out.logits[0, 2 + at].softmax(-1).topk(3)
        assert [guess["id"] for guess in cell["top"]] == best.indices.tolist()
        assert [g["probability"] for g in cell["top"]] == pytest.approx(best.values.tolist(), abs=1e-4)
        assert cell["rank"] == 0 and cell["kl"] == pytest.approx(0, abs=1e-5)


def test_an_intervention_is_told_before_and_after(client, whole):
    ids, out = whole
    told = client.predict(HOUSE, TEXT, [OFF], sample_tokens=6, api_name="/intervene")
    before, after = told["before"], told["after"]
    best = out.logits[0, -1].softmax(-1).topk(10)
    assert [guess["id"] for guess in before["top"]] == best.indices.tolist()
    assert len(before["loss"]) == len(after["loss"]) == len(told["tokens"]) == len(ids)
    assert before["mean_loss"] == pytest.approx(np.mean(before["loss"][1:]), abs=1e-4)
    assert told["kl"] > 0 and before["loss"] != after["loss"] and before["sample"]


@pytest.mark.parametrize(
    ("endpoint", "given", "message"),
    [
        ("attention", {"model": "house/none"}, "There is no model 'house/none'"),
        ("attention", {"model": "nothing"}, "house/<name>"),
        ("attention", {"layer": 6}, "layer accepts 0 to 5"),
        ("attention", {"head": 4}, "head accepts 0 to 3"),
        ("attention", {"head": -1}, "head accepts a whole number from 0"),
        ("attention", {"layer": "1"}, "layer accepts a whole number"),
        ("attention", {"part": "cross"}, "part accepts self with house/story-base"),
        ("attention", {"text": ""}, "at least one character"),
        ("attention", {"text": 5}, "text accepts text of at most"),
        ("attention", {"text": "word " * 2000}, "at most 1,024 tokens with house/story-base"),
        ("attention", {"first": 500}, "first accepts 0 to"),
        ("attention", {"first": "a"}, "first accepts a whole number"),
        ("attention", {"count": 1000}, "count accepts a whole number from 1 to 256"),
        ("attention_summary", {"text": ""}, "at least one character"),
        ("attention_summary", {"text": "x" * 100_001}, "at most 100,000 characters"),
        ("attention_summary", {"new_tokens": 201}, "0 to 200"),
        ("logit_lens", {"top_k": 0}, "1 to 20"),
        ("logit_lens", {"count": 65}, "1 to 64"),
        ("logit_lens", {"model": minilm.NAME}, "turns text into vectors"),
        ("intervene", {}, "a list of objects with kind"),
        ("intervene", {"interventions": []}, "1 to 256"),
        ("intervene", {"interventions": [{**OFF, "head": 4}]}, "0 to 3"),
        ("intervene", {"interventions": [{**OFF, "layer": 9}]}, "0 to 5"),
        ("intervene", {"interventions": [OFF], "temperature": 9}, "0 to 5"),
        ("intervene", {"interventions": [OFF], "text": ""}, "at least one character"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(client, endpoint, given, message):
    with pytest.raises(AppError) as caught:
        client.predict(**{"model": HOUSE, "text": TEXT, **given}, api_name=f"/{endpoint}")
    assert message in str(caught.value) and "Traceback" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["attention", "attention_summary", "logit_lens"])
def test_a_model_without_attention_says_so(client, made, endpoint):
    with pytest.raises(AppError, match="attention"):
        client.predict(made("mamba"), "The cat", api_name=f"/{endpoint}")


@pytest.mark.parametrize(
    "given", ["no JSON", "[" * 100_000, "{}", [5], [{"layer": 1}], {"kind": "head"}, None]
)
def test_what_is_no_list_of_interventions(given):
    with pytest.raises(SpecError, match="a list of objects with kind"):
        read_interventions(given)


def test_interventions_are_read_from_json_or_its_text():
    (one,) = read_interventions([OFF])
    assert read_interventions(json.dumps([OFF])) == (one,) and (one.layer, one.head) == (2, 1)
    with pytest.raises(SpecError, match="unknown"):
        read_interventions([{**OFF, "unknown": 1}])
    with pytest.raises(SpecError, match="kind"):
        read_interventions([{"kind": "explode"}])


def test_what_is_left_out_is_as_documented(client):
    told = client.predict(text="Hello", api_name="/attention")
    assert (told["model"], told["layer"], told["head"]) == (HOUSE, 0, 0)
