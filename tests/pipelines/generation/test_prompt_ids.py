"""A prompt that comes as tokens: continued like its text, bounded like it, and checked."""

import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.handler import continue_text
from pipelines.generation.prompt import encode_prompt
from pipelines.generation.requests import Finished, GenerateRequest, Started
from pipelines.generation.specs import DecodingSpec
from pipelines.models.loader import load_model

GREEDY = DecodingSpec(max_new_tokens=8, temperature=0)
TEXT = "Once upon a time there was a crab."


@pytest.fixture(scope="module")
def loaded(tiny_llama):
    return load_model("path:tiny", tiny_llama, torch.device("cpu"))


def events(loaded, text, ids=()):
    return [event for event in continue_text(loaded, text, GREEDY, ids) if event is not None]


def test_tokens_are_continued_as_their_text_is(loaded):
    ids = loaded.tokenizer(TEXT).input_ids
    by_text, by_ids = events(loaded, TEXT), events(loaded, "", ids)
    assert isinstance(by_ids[0], Started) and by_ids[0] == by_text[0]
    assert isinstance(by_ids[-1], Finished) and by_ids[-1].text == by_text[-1].text


def test_a_control_token_in_words_stays_words(loaded):
    plain = loaded.tokenizer("<|end|>", split_special_tokens=True).input_ids
    assert loaded.tokenizer.eos_token_id not in plain
    assert encode_prompt(loaded, "", 4, plain).ids == plain
    assert loaded.tokenizer.eos_token_id in encode_prompt(loaded, "<|end|>", 4).ids


def test_tokens_past_the_context_lose_their_beginning(loaded):
    ids = loaded.tokenizer(TEXT * 30).input_ids
    made = encode_prompt(loaded, "", 12, ids)
    assert made == encode_prompt(loaded, TEXT * 30, 12) and made.truncated == len(ids) - 52


def test_a_token_that_the_model_has_not_is_refused(loaded):
    with pytest.raises(SpecError, match="ids accepts token ids below 400"):
        encode_prompt(loaded, "", 4, [3, 400])


@pytest.mark.parametrize(
    "wrong", [{"prompt": "a", "ids": (1,)}, {"ids": (-1,)}, {"ids": ("a",)}, {"ids": (True,)}]
)
def test_a_request_has_a_text_or_tokens(wrong):
    with pytest.raises(SpecError):
        GenerateRequest(**{"model": "house/x", "prompt": "", **wrong})
