"""A text that is followed, changed and followed on: always what a forward of the whole text says."""

import random

import pytest
import torch

from pipelines.generation.loop import follower
from pipelines.generation.loop.follower import Follower, followers
from tests.support.loops import PROMPT, whole
from tests.support.tiny_models import VOCABULARY, build

CAUSAL = (
    "gpt2",
    "llama",
    "mistral",
    "gemma2",
    "gemma3",
    "gpt_oss",
    "gpt_neox",
    "opt",
    "mpt",
    "bloom",
    "falcon",
)


def _same(found, model, ids, last):
    assert found.shape == (last, VOCABULARY) and found.dtype == torch.float32
    assert torch.allclose(found, whole(model, ids).logits[0, -last:], atol=2e-4)


@pytest.mark.parametrize("family", [*CAUSAL, "gpt_neo", "mamba"])
def test_equals_a_forward_of_the_whole_text_however_it_changes(family):
    """Windows of five tokens among them: what a crop needs must still be there."""
    rng, model = random.Random(1), build(family)
    one, sure = Follower(model), list(PROMPT)
    for _ in range(8):
        tried = sure + rng.choices(range(VOCABULARY), k=rng.randint(0, 4))
        _same(one.after(tried, len(tried) - len(sure) + 1), model, tried, len(tried) - len(sure) + 1)
        sure = tried[: rng.randint(len(sure), len(tried))] + rng.choices(range(VOCABULARY), k=1)


@pytest.mark.parametrize("family", ["llama", "mistral"])
def test_tokens_read_one_by_one_can_be_taken_back_together(family):
    rng, model = random.Random(2), build(family)
    one, sure = Follower(model), list(PROMPT)
    for _ in range(6):
        tried = list(sure)
        for _ in range(4):
            _same(one.after(tried), model, tried, 1)
            tried.append(rng.randrange(VOCABULARY))
        sure = [*tried[: rng.randint(len(sure), len(tried))], rng.randrange(VOCABULARY)]


def test_copies_go_their_own_ways():
    model = build("gemma3")
    made = followers(model, PROMPT, 3)
    texts = [[*PROMPT, at, at + 1] for at in range(3)]
    for _ in range(3):
        for one, ids in zip(made, texts, strict=True):
            _same(one.after(ids, 2), model, ids, 2)
            ids.append(ids[-1] + 7)


def test_a_prompt_of_one_token():
    model = build("gpt2")
    (one,) = followers(model, [5], 1)
    _same(one.after([5]), model, [5], 1)


def test_a_long_text_goes_in_by_parts(monkeypatch):
    monkeypatch.setattr(follower, "PREFILL_TOKENS", 8)
    model = build("llama")
    reads = []
    model.register_forward_pre_hook(
        lambda _, args, given: reads.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    ids = random.Random(3).choices(range(VOCABULARY), k=30)
    found = Follower(model).after(ids, 3)
    assert reads == [8, 8, 8, 6]
    _same(found, model, ids, 3)


def test_only_what_is_new_is_read_again():
    model = build("llama")
    reads = []
    model.register_forward_pre_hook(
        lambda _, args, given: reads.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    one = Follower(model)
    one.after(PROMPT)
    one.after([*PROMPT, 1, 2, 3], 4)
    one.after([*PROMPT, 1, 9], 1)
    assert reads == [7, 4, 1]
