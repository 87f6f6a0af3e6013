"""Speculative decoding changes how fast a text comes, and nothing of the text."""

import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from transformers import GPT2Config

from pipelines.generation.loop.noise import Noise
from pipelines.generation.loop.proposers import DraftModel, PromptLookup, Proposal
from pipelines.generation.loop.search import Search
from pipelines.generation.loop.speculative import Speculative
from pipelines.generation.strategy import strategy
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of
from tests.support.loops import PROMPT, run, setting, texts, whole
from tests.support.tiny_models import VOCABULARY, tiny, tokenizer

FAMILIES = ("gpt2", "llama", "mistral", "gemma3", "gpt_neox", "opt", "bloom", "mamba")


def lookup(index=0, samples=1, **settings):
    asked = strategy("prompt_lookup", settings)
    return Speculative(index, asked, samples, PromptLookup(asked))


def assisted(draft, index=0, samples=1, **settings):
    asked = strategy("assisted", {"draft": draft.name, **settings})
    return Speculative(index, asked, samples, DraftModel(asked))


def renamed(family, name="draft", **changed):
    return replace(tiny(family, **changed), name=name)


def generated(loaded, prompt, count, **options):
    ids = torch.tensor([prompt])
    out = loaded.model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=count, eos_token_id=None,
        pad_token_id=0, **options,
    )  # fmt: skip
    return out[0, len(prompt) :].tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_is_the_greedy_text(family):
    rng, loaded = random.Random(5), tiny(family)
    draft = renamed("gpt2")
    for _ in range(3):
        prompt = rng.choices(range(3, 40), k=rng.randint(1, 20))
        made = setting(loaded, prompt, others={"draft": draft}, max_new_tokens=rng.randint(1, 30))
        drafts = {"num_draft_tokens": rng.randint(1, 9)}
        greedy = Search(0, strategy("greedy"), 1)
        others = (
            lookup(1, **drafts, max_matching_ngram_size=rng.randint(1, 3)),
            assisted(draft, 2, **drafts),
        )
        run(made, greedy, *others)
        assert texts(*others) == texts(greedy) * 2


@pytest.mark.parametrize("settings", [{"repetition_penalty": 1.3}, {"no_repeat_ngram_size": 2}])
def test_penalties_count_what_is_proposed_as_well(settings):
    loaded, draft = tiny("llama"), renamed("gpt2")
    made = setting(loaded, others={"draft": draft}, max_new_tokens=30)
    penalties = {"frequency_penalty": 0.4, "presence_penalty": 0.3, **settings}
    greedy = Search(0, strategy("penalties", penalties | {"repetition_penalty": 1.0} | settings), 1)
    others = (lookup(1, **penalties), assisted(draft, 2, **penalties))
    run(made, greedy, *others)
    assert texts(*others) == texts(greedy) * 2


def test_greedy_is_generates():
    loaded, draft = tiny("gpt2"), renamed("llama")
    made = setting(loaded, others={"draft": draft}, max_new_tokens=40)
    found, helped = lookup(num_draft_tokens=4, max_matching_ngram_size=3), assisted(draft, 1)
    run(made, found, helped)
    options = {"prompt_lookup_num_tokens": 4, "max_matching_ngram_size": 3}
    assert texts(found) == [generated(loaded, PROMPT, 40, **options)]
    assert texts(helped) == [generated(loaded, PROMPT, 40, assistant_model=draft.model)]


def test_a_draft_that_is_the_model_is_always_right():
    loaded = tiny("llama")
    draft = replace(loaded, name="draft")
    made = setting(loaded, others={"draft": draft}, max_new_tokens=24)
    for settings in ({}, {"do_sample": True, "temperature": 0.8, "top_p": 0.9}):
        one = assisted(draft, num_draft_tokens=5, **settings)
        run(made, one)
        (line,) = one.lines
        assert line.accepted == line.drafted == 20 and line.forwards == 4
        assert line.origins == (["draft"] * 5 + ["own"]) * 4


def test_a_draft_that_knows_nothing_is_hardly_ever_right():
    loaded, draft = tiny("llama"), renamed("gpt2")
    one, greedy = assisted(draft), Search(1, strategy("greedy"), 1)
    run(setting(loaded, others={"draft": draft}, max_new_tokens=30), one, greedy)
    (line,) = one.lines
    assert texts(one) == texts(greedy)
    assert line.drafted > 60 and line.accepted < 6 and line.forwards == 30 - line.accepted


def test_what_was_looked_up_changes_no_drawn_text():
    """It is the very text of sampling with the same noise, and many a token of it was a copy."""
    loaded = tiny("gpt2")
    shaped = {"temperature": 0.6, "top_p": 0.95, "repetition_penalty": 0.8}
    found = lookup(samples=8, do_sample=True, num_draft_tokens=3, **shaped)
    drawn = Search(1, strategy("sample", shaped), 8)
    run(setting(loaded, max_new_tokens=40), found, drawn)
    assert texts(found) == texts(drawn)
    assert sum(line.accepted for line in found.lines) > 20


def test_a_draft_that_is_the_model_draws_the_text_of_sampling():
    loaded = tiny("llama")
    draft, shaped = replace(loaded, name="draft"), {"temperature": 1.3, "min_p": 0.02}
    one = assisted(draft, samples=4, do_sample=True, **shaped)
    drawn = Search(1, strategy("sample", shaped), 4)
    run(setting(loaded, others={"draft": draft}, max_new_tokens=20), one, drawn)
    assert texts(one) == texts(drawn)


class Bigrams:
    """A model of few tokens that sees the last one alone, so that its pairs can be counted. ``table`` are its
    logits, [last, next]."""

    device = torch.device("cpu")

    def __init__(self, table):
        self.table, self.config = table, GPT2Config(vocab_size=len(table))

    def forward(self, input_ids):
        return SimpleNamespace(logits=self.table[input_ids])

    __call__ = forward

    def get_output_embeddings(self):
        return None


def random_table(seed):
    return torch.randn(8, 8, generator=torch.Generator().manual_seed(seed))


FALLING = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(4, -1)
TABLES = {  # the model's and the draft's
    "alike": (random_table(1), random_table(1) + 0.3 * random_table(2)),
    "opposed": (FALLING, FALLING.flip(1)),
}


@pytest.mark.parametrize(("tables", "shared"), [("alike", False), ("opposed", True), ("opposed", False)])
def test_drawn_pairs_are_distributed_as_the_model_says(tables, shared):
    """Two thousand texts: their first two tokens against the product of the model's two distributions."""
    loaded, draft = (
        LoadedModel(name, Bigrams(table), tokenizer(), None, 0)
        for name, table in zip(("model", "draft"), TABLES[tables], strict=True)
    )
    column = assisted(draft, samples=2000, do_sample=True, temperature=0.8, num_draft_tokens=2)
    lines = drawn_lines(loaded, column, shared, {"draft": draft})
    assert pairs_fit((loaded.model.table.double() / 0.8).softmax(-1), lines)
    assert sum(line.accepted for line in lines) > 300
    assert sum(line.drafted - line.accepted for line in lines) > 300


def test_looked_up_pairs_are_distributed_as_the_model_says():
    loaded = LoadedModel("model", Bigrams(random_table(1)), tokenizer(), None, 0)
    lines = drawn_lines(loaded, lookup(samples=2000, do_sample=True, num_draft_tokens=2), False, {})
    assert pairs_fit(loaded.model.table.double().softmax(-1), lines)
    assert sum(line.accepted for line in lines) > 200


COUNTED = [1, 2, 3, 1, 0, 2, 3]  # what the bigrams go on from


def drawn_lines(loaded, column, shared, others):
    noise = Noise(21, shared, len(loaded.model.table), loaded.device)
    made = {"others": others, "noise": noise, "remembers": False, "trace": 0, "max_new_tokens": 3}
    column.begin(setting(loaded, COUNTED, **made))
    with torch.inference_mode():
        while not column.over:
            column.step(None)
    return column.lines


def pairs_fit(probs, lines):
    """By chi-square at one in a thousand; pairs that are expected less than five times are counted as one."""
    size = len(probs)
    wanted = len(lines) * (probs[COUNTED[-1]][:, None] * probs).ravel().numpy()
    found = np.bincount([size * line.ids[0] + line.ids[1] for line in lines], minlength=size * size)
    often = wanted >= 5
    counts, expected = (np.array([*one[often], one[~often].sum()]) for one in (found, wanted))
    return chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 0.001


def test_the_same_seed_gives_the_same_text_whatever_runs_beside_it():
    loaded, draft = tiny("gpt2"), renamed("llama")
    noise = Noise(7, False, VOCABULARY, loaded.device)
    made = setting(loaded, others={"draft": draft}, noise=noise, max_new_tokens=15)
    settings = {"do_sample": True, "temperature": 1.5}
    both = assisted(draft, 0, 3, **settings), lookup(1, 3, **settings)
    run(made, *both, Search(2, strategy("sample"), 3))
    alone = assisted(draft, 0, 1, **settings), lookup(0, 1, **settings)
    for one, other in zip(alone, both, strict=True):
        run(made, one)
        assert texts(one) == texts(other)[:1]
    assert len({tuple(ids) for ids in texts(*both)}) == 6


class Fixed:
    """Proposes what it is told, whatever was asked for."""

    def __init__(self, tokens):
        self.tokens = tokens

    def begin(self, setting, samples):
        pass

    def propose(self, sample, ids, count):
        return Proposal(self.tokens[len(ids) - len(PROMPT) :][:count])


def told(proposed, **changed):
    """The one step in which these tokens are checked, as (what it wrote, the text)."""
    asked = strategy("prompt_lookup", {"num_draft_tokens": 32})
    column = Speculative(0, asked, 1, Fixed(proposed))
    made = setting(tiny("llama"), **changed)
    column.begin(made)
    with torch.inference_mode():
        assert column.step(None).tokens == []
    (wrote,), beams = column.news()
    assert beams == [] and column.news() == ([], [])
    return wrote, column.lines[0]


GREEDY = generated(tiny("llama"), PROMPT, 16)


def test_a_refused_token_is_told_and_replaced():
    wrong = (GREEDY[2] + 1) % VOCABULARY
    wrote, line = told([*GREEDY[:2], wrong, GREEDY[3]])
    assert list(wrote.ids) == GREEDY[:3]
    assert wrote.origins == ("draft", "draft", "own")
    assert wrote.rejected == wrong and wrote.rejected_text == texts_of(tiny("llama").tokenizer, [wrong])[0]
    assert (line.drafted, line.accepted, line.forwards) == (4, 2, 1)
    shown = wrote.stages[2]
    assert {wrong, GREEDY[2]} <= set(shown.ids.tolist())


def test_when_all_are_right_the_model_adds_one():
    wrote, line = told(GREEDY[:4])
    assert list(wrote.ids) == GREEDY[:5] and wrote.rejected == -1
    assert wrote.origins == ("draft",) * 4 + ("own",)
    assert not line.reason


def test_nothing_proposed_is_a_step_like_any_other():
    wrote, line = told([])
    assert list(wrote.ids) == GREEDY[:1] and wrote.origins == () and line.drafted == 0


def test_an_accepted_end_ends_the_text():
    end = GREEDY[2]
    first = GREEDY.index(end)
    wrote, line = told(GREEDY[:6], ends=frozenset([end]))
    assert list(wrote.ids) == GREEDY[: first + 1] and line.reason == "eos"


@pytest.mark.parametrize("full", ["length", "context"])
def test_no_more_is_proposed_than_there_is_room_for(full):
    wrote, line = told(GREEDY, max_new_tokens=3, full=full)
    assert list(wrote.ids) == GREEDY[:3] and line.reason == full and line.drafted == 2


def test_figures_are_the_raw_distributions():
    wrote, line = told(GREEDY[:4])
    for at, token in enumerate(wrote.ids):
        logits = whole(tiny("llama").model, [*PROMPT, *GREEDY[:at]]).logits[0, -1]
        log_probs = logits.log_softmax(-1)
        assert wrote.log_probs[at] == pytest.approx(float(log_probs[token]), abs=1e-4)
        assert wrote.ranks[at] == 1 + int((logits > logits[token]).sum())
        assert wrote.entropies[at] == pytest.approx(float(-(log_probs.exp() * log_probs).sum()), abs=1e-4)
        assert torch.allclose(line.kept[at].logits, logits, atol=1e-4) and line.kept[at].draft is None
    assert len(line.stages) == 5


def test_a_drafts_distribution_is_remembered():
    loaded, draft = tiny("gpt2"), renamed("llama")
    one = assisted(draft, num_draft_tokens=3)
    run(setting(loaded, others={"draft": draft}, max_new_tokens=8), one)
    (line,) = one.lines
    logits = whole(draft.model, PROMPT).logits[0, -1]
    assert torch.allclose(line.kept[0].draft, logits.softmax(-1), atol=1e-4)
    assert line.kept[-1].draft is None  # there was room for one token only


def test_the_draft_never_reads_past_its_context():
    """A prompt and a text that fill the draft's context to the last token."""
    loaded, draft = tiny("llama"), renamed("gpt2", n_positions=20)
    draft = replace(draft, context_length=20)
    made = setting(loaded, others={"draft": draft}, max_new_tokens=20 - len(PROMPT) + 1)
    one, greedy = assisted(draft, num_draft_tokens=32), Search(1, strategy("greedy"), 1)
    run(made, one, greedy)
    assert texts(one) == texts(greedy)
