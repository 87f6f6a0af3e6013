"""Every stage's scores against the processors that transformers' own generate would use."""

import pytest
import torch
from transformers import GenerationConfig

from pipelines.generation.loop.processors import CountPenalty
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.strategy import strategy
from tests.support.tiny_models import tiny

_HOSTILE_OFF = {"top_k": 0, "top_p": 1.0, "temperature": 1.0, "typical_p": 1.0, "repetition_penalty": 1.0}
_WIDTH, _PROMPT = 400, 5


def drawn(seed, rows=3, tokens=11):
    made = torch.Generator().manual_seed(seed)
    logits = 4 * torch.randn(rows, _WIDTH, generator=made)
    return logits, torch.randint(0, 40, (rows, tokens), generator=made)


def reference(settings, ids, logits):
    """What generate with these settings would draw from."""
    config = GenerationConfig(**{**_HOSTILE_OFF, **settings}, do_sample=True, eos_token_id=None)
    model = tiny("gpt2").model
    processors = model._get_logits_processor(config, input_ids_seq_length=_PROMPT, device="cpu")
    return processors(ids, logits.clone())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.3},
        {"temperature": 2.5},
        {"top_k": 1},
        {"top_k": 37},
        {"top_p": 0.01},
        {"top_p": 0.83},
        {"min_p": 0.07},
        {"typical_p": 0.4},
        {"epsilon_cutoff": 0.004},
        {"eta_cutoff": 0.004},
        {"top_h": 0.4},
        {"repetition_penalty": 1.7},
        {"no_repeat_ngram_size": 2},
        {"repetition_penalty": 1.2, "no_repeat_ngram_size": 1, "temperature": 0.7, "top_k": 90, "top_p": 0.9,
         "min_p": 0.01, "typical_p": 0.95, "epsilon_cutoff": 0.0003, "eta_cutoff": 0.0003, "top_h": 0.9},
    ],
)  # fmt: skip
def test_what_is_drawn_from_is_what_generate_draws_from(settings, seed):
    logits, ids = drawn(seed)
    untouched = logits.clone()
    stages = stages_of(strategy("sample", settings), Raw(logits), ids, _PROMPT)
    assert torch.equal(stages[-1][1], reference(settings, ids, logits))
    assert torch.equal(logits, untouched) and stages[0][0] == "raw" and stages[0][1] is logits


def test_stages_stand_in_the_order_of_transformers():
    everything = {"frequency_penalty": 0.5, "presence_penalty": 0.5, "repetition_penalty": 1.1}
    everything |= {"no_repeat_ngram_size": 3, "temperature": 0.9, "top_h": 0.9, "top_k": 50, "top_p": 0.9}
    everything |= {"min_p": 0.1, "typical_p": 0.9, "epsilon_cutoff": 0.001, "eta_cutoff": 0.001}
    logits, ids = drawn(0)
    allowed = torch.ones_like(logits).bool()
    raw = Raw(logits, "dola", logits - 1, allowed)
    names = [name for name, _ in stages_of(strategy("sample", everything), raw, ids, _PROMPT)]
    assert names == [
        "raw", "dola", "repetition_penalty", "frequency_presence_penalty", "no_repeat_ngram", "constraint",
        "temperature", "top_h", "top_k", "top_p", "min_p", "typical", "epsilon", "eta",
    ]  # fmt: skip


def test_a_setting_that_is_off_makes_no_stage():
    logits, ids = drawn(0)
    assert len(stages_of(strategy("sample"), Raw(logits), ids, _PROMPT)) == 1
    assert len(stages_of(strategy("greedy"), Raw(logits), ids, _PROMPT)) == 1


def test_a_strategy_that_takes_the_likeliest_is_not_warped():
    logits, ids = drawn(0)
    stages = stages_of(strategy("constrained", {"pattern": "a+"}), Raw(logits), ids, _PROMPT)
    assert [name for name, _ in stages] == ["raw"]


def test_a_constraint_cuts_all_but_what_it_allows():
    logits, ids = drawn(1)
    allowed = torch.rand(logits.shape, generator=torch.Generator().manual_seed(0)) < 0.1
    (_, scores) = stages_of(strategy("greedy"), Raw(logits, allowed=allowed), ids, _PROMPT)[-1]
    assert torch.equal(scores > float("-inf"), allowed) and torch.equal(scores[allowed], logits[allowed])


def test_frequency_and_presence_count_the_new_text_alone():
    scores = torch.zeros(1, 6)
    ids = torch.tensor([[5, 5, 5, 1, 2, 1]])  # the first three are the prompt
    found = CountPenalty(0.5, 2.0, prompt=3)(ids, scores)
    assert found.tolist() == [[0.0, -(2 * 0.5 + 2), -(0.5 + 2), 0.0, 0.0, 0.0]]
    assert CountPenalty(0.5, 2.0, prompt=6)(ids, scores).tolist() == [[0.0] * 6]
