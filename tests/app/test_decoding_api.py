"""/compare_decoding through gradio_client: the real services and the real worker."""

import json
import math

import gradio as gr
import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from transformers import AutoModelForCausalLM, AutoTokenizer

from app.api import decoding
from app.launch import serve
from app.services import make_services
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.generation.strategy_names import KINDS

HOUSE, FOLDER = "house/story-base", REPOSITORY / "assets" / "models" / "story-base"
PROMPT = "Once upon a time, there was a little girl named Lily. She"
GREEDY = [{"name": "greedy"}]
API = {"api_name": "/compare_decoding"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), device="cpu")
    settings.make_folders()
    services = make_services(settings)
    with gr.Blocks(analytics_enabled=False) as page:
        decoding.build(services)
    url = serve(page, settings, server_name="127.0.0.1")
    found = Client(url, verbose=False)
    yield found
    found.close()
    page.close(verbose=False)
    services.runtime.close()


@pytest.fixture(scope="module")
def generated():
    """The prompt's ids and the library's own greedy continuation of it."""
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    given = tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        made = model.generate(given, max_new_tokens=20, do_sample=False)
        logits = model(made).logits[0].log_softmax(-1)
    return given[0].tolist(), made[0, given.shape[1] :].tolist(), logits


def test_greedy_is_the_library_s_with_its_probabilities(client, generated):
    prompt, new, log_probs = generated
    told = client.predict(HOUSE, PROMPT, GREEDY, 20, **API)
    assert told["state"] == "done" and [one["id"] for one in told["prompt_tokens"]] == prompt
    (text,) = told["strategies"][0]["texts"]
    assert [token["id"] for token in text["tokens"]] == new
    chances = [log_probs[len(prompt) - 1 + at, id_].exp().item() for at, id_ in enumerate(new)]
    assert [token["probability"] for token in text["tokens"]] == pytest.approx(chances, abs=2e-4)
    assert all(token["rank"] == 1 for token in text["tokens"])
    assert text["text"] == "".join(token["text"] for token in text["tokens"])
    mean = math.fsum(math.log(chance) for chance in chances) / len(chances)
    assert text["measures"]["perplexity"] == pytest.approx(math.exp(-mean), rel=1e-3)
    assert text["reason"] == "length" and text["forwards"] == 20


def test_it_streams_and_the_last_is_the_whole(client):
    strategies = [{"name": "greedy"}, {"name": "top_p", "parameters": {"top_p": 0.7}}]
    *grown, whole = list(client.submit(HOUSE, PROMPT, strategies, 200, **API))
    assert len(grown) > 2 and [one["name"] for one in whole["strategies"]] == ["greedy", "top_p"]
    assert whole["strategies"][1]["parameters"]["top_p"] == 0.7
    for column in (0, 1):
        end = whole["strategies"][column]["texts"][0]["text"]
        for one in grown:
            for text in one["strategies"][column]["texts"]:
                assert one["state"] != "done" and end.startswith(text["text"].strip("\n"))


def test_a_trace_holds_every_stage(client):
    strategies = [{"name": "top_k", "parameters": {"top_k": 3, "temperature": 0.7}}]
    for trace, most in ((True, 10), (4, 4)):
        told = client.predict(HOUSE, PROMPT, strategies, 4, trace=trace, **API)
        for token in told["strategies"][0]["texts"][0]["tokens"]:
            stages = token["stages"]
            assert [one["stage"] for one in stages] == ["raw", "temperature", "top_k"]
            assert stages[-1]["kept"] == 3 and len(stages[0]["candidates"]) >= most
            assert sum(one["probability"] for one in stages[-1]["candidates"]) == pytest.approx(1, abs=1e-3)
    told = client.predict(HOUSE, PROMPT, strategies, 4, trace=0, **API)
    assert "stages" not in told["strategies"][0]["texts"][0]["tokens"][0]


def test_many_samples_and_a_judge(client):
    strategies = [{"name": "greedy"}, {"name": "sample"}]
    told = client.predict(HOUSE, PROMPT, strategies, 12, samples=5, judge=HOUSE, **API)
    greedy, drawn = told["strategies"]
    assert len(greedy["texts"]) == 1 and greedy["self_bleu"] is None and not greedy["draws"]
    assert len({one["text"] for one in drawn["texts"]}) > 1 and 0 < drawn["self_bleu"] < 100
    assert greedy["texts"][0]["measures"]["judge_perplexity"] == pytest.approx(
        greedy["texts"][0]["measures"]["perplexity"], rel=1e-3
    )


def test_the_same_seed_gives_the_same_texts_whatever_stands_beside(client):
    drawn = {"name": "temperature", "parameters": {"temperature": 1.2}}

    def texts(strategies, **given):
        told = client.predict(HOUSE, PROMPT, strategies, 12, **given, **API)["strategies"]
        return [one["texts"][0]["text"] for one in told]

    alone = texts([drawn], seed=5)
    assert texts([{"name": "greedy"}, drawn], seed=5)[1:] == alone != texts([drawn], seed=6)
    apart = texts([drawn, {"name": "sample"}], seed=5, same_noise=False)
    assert apart[:1] == texts([drawn], seed=5, same_noise=False) != alone


def test_strategies_may_be_the_text_of_their_json_and_the_model_may_be_left_out(client):
    told = client.predict(prompt=PROMPT, strategies=json.dumps(GREEDY), max_new_tokens=2, **API)
    assert told["model"] == HOUSE and len(told["strategies"][0]["texts"][0]["tokens"]) == 2


def sampled(**parameters):
    return {"strategies": [{"name": "greedy"}, {"name": "sample", "parameters": parameters}]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (sampled(temperature=0), "strategies[1]: temperature accepts a number from 0.01 to 5; got 0"),
        (sampled(top_p=0), "strategies[1]: top_p accepts a number from 0.01 to 1; got 0"),
        (sampled(top_p=1.5), "strategies[1]: top_p accepts a number from 0.01 to 1; got 1.5"),
        (sampled(top_k=-1), "strategies[1]: top_k accepts a whole number from 0 to 1000"),
        (sampled(top_k="many"), "top_k accepts a whole number"),
        (sampled(warmth=1), "strategies[1]: warmth accepts nothing under the strategy sample"),
        (sampled(num_beams=2), "num_beams accepts nothing under the strategy sample"),
        ({"strategies": [{"name": "nucleus"}]}, "strategies[0]: name accepts one of greedy, beam"),
        ({"strategies": [{"name": "greedy", "temperature": 1}]}, "objects with name"),
        ({"strategies": ["greedy"]}, "objects with name"),
        ({"strategies": GREEDY * 13}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": []}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": None}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": "greedy, please"}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": "[" * 100_000}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": '{"name": "greedy"}'}, "strategies accepts a list of 1 to 12 objects"),
        ({"strategies": [{"name": "greedy", "parameters": [1]}]}, "parameters accepts an object"),
        ({"strategies": [{"name": "assisted"}]}, "draft accepts the name of a model"),
        ({"max_new_tokens": 0}, "max_new_tokens accepts a whole number from 1 to 1,024"),
        ({"max_new_tokens": 1025}, "max_new_tokens accepts a whole number from 1 to 1,024"),
        ({"seed": -1}, "seed accepts a whole number from 0"),
        ({"samples": 65}, "samples accepts a whole number from 1 to 64"),
        ({"samples": "2"}, "samples accepts a whole number from 1 to 64"),
        ({"trace": 21}, "trace accepts true, false, or a whole number from 0 to 20"),
        ({"trace": "all"}, "trace accepts true, false, or a whole number from 0 to 20"),
        ({"trace": 20, "max_new_tokens": 1024, "strategies": GREEDY * 4}, "trace accepts at most 65,536"),
        ({"same_noise": "yes"}, "same_noise accepts true or false"),
        ({"prompt": 5}, "prompt accepts text"),
        ({"prompt": "word " * 3000}, "prompt accepts at most 1,024 tokens with house/story-base"),
        ({"model": "house/none"}, "There is no model 'house/none'"),
        ({"model": "nothing"}, "house/<name>"),
        ({"judge": "house/none"}, "There is no model 'house/none'"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(client, given, message):
    with pytest.raises(AppError) as caught:
        client.predict(**{"model": HOUSE, "prompt": PROMPT, "strategies": GREEDY, **given}, **API)
    assert message in str(caught.value) and "Traceback" not in str(caught.value)


def test_it_is_documented(client):
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    given = described["/compare_decoding"]["parameters"]
    names = [one["parameter_name"] for one in given]
    assert names[:6] == ["model", "prompt", "strategies", "max_new_tokens", "seed", "trace"]
    assert all(one["parameter_has_default"] for one in given)


def test_the_documentation_names_every_strategy():
    import inspect

    source = inspect.getsource(decoding)
    assert all(name in source for name in KINDS)
