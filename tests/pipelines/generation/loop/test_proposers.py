"""What is proposed: the library's own look-up, and a draft model's own words."""

import random

import pytest
import torch
from transformers import PreTrainedTokenizerFast
from transformers.generation.candidate_generator import PromptLookupCandidateGenerator

from pipelines.core.errors import SpecError
from pipelines.generation.loop.noise import Noise
from pipelines.generation.loop.proposers import DraftModel, PromptLookup, looked_up
from pipelines.generation.loop.search import Search
from pipelines.generation.strategy import strategy
from tests.support.loops import PROMPT, run, setting, texts, whole
from tests.support.small_tokenizers import backend
from tests.support.tiny_models import CONTEXT, VOCABULARY, tiny


def test_a_look_up_is_transformers_own():
    """On texts of few different tokens, so that there are many matches of every length."""
    rng = random.Random(4)
    proposed = 0
    for _ in range(600):
        ids = rng.choices(range(rng.randint(2, 6)), k=rng.randint(1, 30))
        longest, count, ends = rng.randint(1, 5), rng.randint(1, 8), rng.sample(range(9), 2)
        theirs = PromptLookupCandidateGenerator(torch.tensor(ends), count, longest, max_length=1000)
        wanted = theirs.get_candidates(torch.tensor([ids]))[0][0, len(ids) :].tolist()
        assert looked_up(ids, longest, count, ends) == wanted
        proposed += bool(wanted)
    assert 200 < proposed < 600


def test_prompt_lookup_takes_its_settings_and_the_ends():
    one = PromptLookup(strategy("prompt_lookup", {"max_matching_ngram_size": 1}))
    one.begin(setting(tiny("gpt2"), ends=frozenset([9])), 1)
    found = one.propose(0, [7, 8, 9, 5, 7], 3)
    assert found.tokens == [8] and found.probs == []


def _drafted(loaded, draft, samples=1, **changed):
    one = DraftModel(strategy("assisted", {"draft": draft.name, **changed}))
    made = setting(loaded, others={draft.name: draft})
    one.begin(made, samples)
    return one, made


def test_a_draft_model_greedily_proposes_what_it_would_write():
    loaded, draft = tiny("gpt2"), tiny("llama")
    one, _ = _drafted(loaded, draft, repetition_penalty=1.3)
    search = Search(0, strategy("penalties", {"repetition_penalty": 1.3}), 1)
    run(setting(draft), search)
    (wanted,) = texts(search)
    assert one.propose(0, list(PROMPT), 6).tokens == wanted[:6]
    assert one.propose(0, PROMPT + wanted[:2], 3).tokens == wanted[2:5]  # some of it has been refused


def test_its_distribution_is_shaped_as_the_strategy_says():
    loaded, draft = tiny("gpt2"), tiny("llama")
    one, made = _drafted(loaded, draft, 2, do_sample=True, temperature=0.7, top_k=5)
    found = one.propose(1, list(PROMPT), 3)
    for at, (token, probs) in enumerate(zip(found.tokens, found.probs, strict=True)):
        logits = whole(draft.model, PROMPT + found.tokens[:at]).logits[0, -1] / 0.7
        best = logits.topk(5)
        wanted = torch.zeros(VOCABULARY).scatter(0, best.indices, best.values.softmax(-1))
        assert torch.allclose(probs, wanted, atol=1e-4)
        noise = made.noise.gumbel("", 1, at)
        assert token == (wanted.log() + noise).argmax()


def test_it_stops_after_an_end():
    loaded, draft = tiny("gpt2"), tiny("llama")
    plain, _ = _drafted(loaded, draft)
    tokens = plain.propose(0, list(PROMPT), 6).tokens
    ended = DraftModel(strategy("assisted", {"draft": "llama"}))
    ended.begin(setting(loaded, others={"llama": draft}, ends=frozenset([tokens[2]])), 1)
    assert ended.propose(0, list(PROMPT), 6).tokens == tokens[: tokens.index(tokens[2]) + 1]


@pytest.mark.parametrize("size", [350, 450])
def test_a_head_of_another_width_is_no_hindrance(size):
    """Ids that only one of the two has are never proposed."""
    draft = tiny("llama", vocab_size=size)
    one, _ = _drafted(tiny("gpt2"), draft, do_sample=True, temperature=3.0)
    found = one.propose(0, list(PROMPT), 8)
    assert all(len(probs) == VOCABULARY for probs in found.probs)
    assert max(found.tokens) < min(size, VOCABULARY)
    assert all(float(probs[350:].sum()) == 0 for probs in found.probs) == (size == 350)


def test_another_tokenizer_or_too_short_a_context_is_refused():
    loaded, draft = tiny("gpt2"), tiny("llama")
    other = PreTrainedTokenizerFast(tokenizer_object=backend("bpe"))
    changed = draft.__class__("llama", draft.model, other, CONTEXT, 0)
    with pytest.raises(SpecError, match="draft"):
        _drafted(loaded, changed)
    narrow = draft.__class__("llama", draft.model, draft.tokenizer, len(PROMPT) + 10, 0)
    with pytest.raises(SpecError, match="draft"):
        _drafted(loaded, narrow)
    just = draft.__class__("llama", draft.model, draft.tokenizer, len(PROMPT) + 11, 0)
    assert _drafted(loaded, just)


def test_noise_of_its_own_is_of_the_strategy():
    loaded, draft = tiny("gpt2"), tiny("llama")
    asked = strategy("assisted", {"draft": "llama", "do_sample": True})
    found = []
    for seed in (1, 2):
        one = DraftModel(asked)
        noise = Noise(seed, False, VOCABULARY, loaded.device)
        one.begin(setting(loaded, others={"llama": draft}, noise=noise), 1)
        found.append(one.propose(0, list(PROMPT), 8).tokens)
    assert found[0] != found[1]
