"""What a request's events say: where it starts, where it ends, and why."""

import random
from dataclasses import replace

import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.compare import compared
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.handler import continue_text, strategy_of
from pipelines.generation.prompt import encode_prompt
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.models.ends import end_tokens
from pipelines.models.loader import load_causal_lm

GREEDY = DecodingSpec(temperature=0, max_new_tokens=12)


@pytest.fixture(params=["llama", "gpt2"])
def loaded(request, tiny_llama, tiny_gpt2):
    folder = {"llama": tiny_llama, "gpt2": tiny_gpt2}[request.param]
    made = load_causal_lm(f"path:{folder}", folder, torch.device("cpu"))
    made.model.generation_config.eos_token_id = None
    made.model.config.eos_token_id = None
    made.tokenizer.eos_token = None
    return made


def tokens_of(events):
    return [event for event in events if isinstance(event, Token)]


def run(loaded, prompt, spec):
    events = [event for event in continue_text(loaded, prompt, spec) if event is not None]
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    assert [e.index for e in tokens_of(events)] == list(range(events[-1].new_tokens))
    assert "".join(e.text for e in tokens_of(events)) == events[-1].text
    return events


def test_text_and_ids_are_those_of_generate(loaded):
    prompt = "Once upon a time"
    inputs = loaded.tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
    output = loaded.model.generate(**inputs, max_new_tokens=12, do_sample=False, pad_token_id=0)
    new = output[0, inputs["input_ids"].shape[1] :].tolist()
    events = run(loaded, prompt, GREEDY)
    assert [e.token_id for e in tokens_of(events)] == new
    assert events[-1].text == loaded.tokenizer.decode(new, skip_special_tokens=True)
    assert events[0] == Started(inputs["input_ids"].shape[1], 0)


@pytest.mark.parametrize("as_list", [False, True])
def test_an_end_token_ends_it(loaded, as_list):
    third = tokens_of(run(loaded, "Once", GREEDY))[2].token_id
    loaded.model.generation_config.eos_token_id = [399_999, third] if as_list else third
    events = run(loaded, "Once", GREEDY)
    assert events[-1].reason == "eos"
    assert tokens_of(events)[-1].token_id == third and events[-1].new_tokens <= 3


def test_end_tokens_come_from_the_first_place_that_names_any(loaded):
    assert end_tokens(loaded) == frozenset()
    loaded.tokenizer.eos_token = "<|end|>"
    assert end_tokens(loaded) == {0}
    loaded.model.config.eos_token_id = 5
    assert end_tokens(loaded) == {5}
    loaded.model.generation_config.eos_token_id = [6, 7]
    assert end_tokens(loaded) == {6, 7}


def test_length_ends_it(loaded):
    events = run(loaded, "Once", GREEDY)
    assert (events[-1].reason, events[-1].new_tokens) == ("length", 12)


def test_a_full_context_ends_it_and_the_model_never_runs_past_it(loaded):
    positions = []
    loaded.model.register_forward_hook(
        lambda _, args, kwargs, out: positions.append(out.past_key_values.get_seq_length()), with_kwargs=True
    )
    events = run(loaded, "Once upon a time", replace(GREEDY, max_new_tokens=4000))
    assert events[-1].reason == "context"
    assert max(positions) == loaded.context_length == 64
    assert events[0].prompt_tokens + events[-1].new_tokens == 65  # the last token is made but not fed


def test_a_prompt_over_the_context_loses_its_beginning_and_says_how_much(loaded):
    prompt = "The crab said: hello, world! 🦀" * 30
    ids = loaded.tokenizer(prompt).input_ids
    events = run(loaded, prompt, replace(GREEDY, max_new_tokens=4000))
    assert events[0] == Started(32, len(ids) - 32)
    assert encode_prompt(loaded, prompt, 12).ids == ids[-52:]
    assert events[-1].new_tokens == 33


def test_a_prompt_that_fits_is_never_cut(loaded):
    text = loaded.tokenizer.decode(loaded.tokenizer("The crab said: " * 40).input_ids[:60])
    prompt = encode_prompt(loaded, text, 4000)
    assert prompt.truncated == 0 and len(prompt.ids) <= 64


SAMPLED = [
    DecodingSpec(temperature=1, top_p=1, max_new_tokens=12),
    DecodingSpec(temperature=4, top_k=20, top_p=0.9, seed=6, max_new_tokens=12),
    DecodingSpec(temperature=5, top_p=0.95, repetition_penalty=1.3, seed=8, max_new_tokens=12),
    DecodingSpec(temperature=0.001, top_p=1, max_new_tokens=12),
]


@pytest.mark.parametrize("spec", [GREEDY, *SAMPLED])
def test_it_is_the_column_of_a_comparison_with_this_strategy_and_seed(loaded, spec):
    name = loaded.name
    request = DecodeRequest(name, "Once upon", (strategy_of(spec),), spec.max_new_tokens, spec.seed)
    (one,) = list(compared({name: loaded}, request))[-1].outcomes
    events = run(loaded, "Once upon", spec)
    assert [e.token_id for e in tokens_of(events)] == one.ids.tolist() and events[-1].text == one.text
    assert [e.log_prob for e in tokens_of(events)] == pytest.approx(one.log_probs.tolist(), abs=1e-4)


def test_draws_ignore_the_process_s_own_random_state(loaded):
    first = run(loaded, "Once", SAMPLED[0])[-1].text
    torch.manual_seed(123), random.seed(4)
    assert run(loaded, "Once", SAMPLED[0])[-1].text == first
    assert run(loaded, "Once", replace(SAMPLED[0], seed=1))[-1].text != first


def test_requests_in_turn_give_what_each_gives_alone(loaded):
    alone = [run(loaded, "Once", spec)[-1].text for spec in SAMPLED]
    together = [
        list(events) for events in zip(*(continue_text(loaded, "Once", s) for s in SAMPLED), strict=True)
    ]
    assert [event.text for event in together[-1]] == alone


def test_nearly_no_temperature_is_greedy(loaded):
    assert run(loaded, "Once", SAMPLED[3])[-1].text == run(loaded, "Once", GREEDY)[-1].text


def test_an_empty_prompt_begins_with_the_start_token(loaded):
    loaded.model.config.bos_token_id = loaded.model.generation_config.bos_token_id = 17
    assert encode_prompt(loaded, "", 5).ids == [17]
    assert run(loaded, "", GREEDY)[0] == Started(1)


def test_an_empty_prompt_without_a_start_token_is_refused(loaded):
    loaded.model.config.bos_token_id = loaded.model.generation_config.bos_token_id = None
    with pytest.raises(SpecError, match="prompt"):
        run(loaded, "", GREEDY)


def test_a_long_prompt_goes_in_by_parts(save_tiny, tmp_path):
    folder = save_tiny(tmp_path / "m", max_position_embeddings=4096)
    loaded = load_causal_lm("path:m", folder, torch.device("cpu"))
    events = list(continue_text(loaded, "The crab said: hello, world! 🦀" * 130, GREEDY))
    assert events[0].prompt_tokens > 1024 and events.count(None) >= 2


@pytest.mark.parametrize("model", ["", None, 3])
def test_a_request_names_a_model(model):
    with pytest.raises(SpecError, match="model"):
        GenerateRequest(model, "x")


def test_a_prompt_has_a_limit():
    with pytest.raises(SpecError, match="200,000"):
        GenerateRequest("house/x", "x" * 200_001)
