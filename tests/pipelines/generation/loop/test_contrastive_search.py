import math

import numpy as np
import pytest
import torch

from pipelines.generation.loop.contrastive_search import ContrastiveSearch
from pipelines.generation.loop.search import Search
from pipelines.generation.loop.telling import given_of
from pipelines.generation.strategy import strategy
from tests.support.loops import DECODERS, PROMPT, run, setting, texts, whole
from tests.support.tiny_models import CONTEXT, VOCABULARY, tiny


def contrastive(alpha: float = 0.6, k: int = 4) -> ContrastiveSearch:
    return ContrastiveSearch(0, strategy("contrastive_search", {"penalty_alpha": alpha, "num_candidates": k}))


def reference(model, prompt: list[int], alpha: float, k: int, tokens: int) -> tuple[list[int], list[dict]]:
    """The definition, one forward of everything for each candidate: ids, and each step's scores by token."""
    ids, steps = list(prompt), []
    for _ in range(tokens):
        now = whole(model, ids)
        probs = now.logits[0, -1].double().softmax(-1)
        earlier = now.hidden_states[-1][0].double()
        scores = {}
        for token in probs.topk(min(k, len(probs))).indices.tolist():
            state = whole(model, [*ids, token]).hidden_states[-1][0, -1].double()
            likeness = max(float(state @ one / (state.norm() * one.norm())) for one in earlier)
            scores[token] = (1 - alpha) * float(probs[token]) - alpha * likeness
        steps.append(scores)
        ids.append(max(scores, key=scores.get))
    return ids[len(prompt) :], steps


def scores_of(column: ContrastiveSearch) -> list[dict[int, float]]:
    found = []
    for kept in column.lines[0].kept:
        left = (kept.adjusted > float("-inf")).nonzero()[:, 0].tolist()
        found.append({token: float(kept.adjusted[token]) for token in left})
    return found


CASES = [(family, 0.6, 4) for family in DECODERS]
CASES += [(family, *one) for family in ("gpt2", "llama") for one in [(0.25, 7), (1.0, 2), (0.9, 12)]]


@pytest.mark.parametrize(("family", "alpha", "k"), CASES)
def test_texts_and_scores_are_those_of_the_definition(family, alpha, k):
    column = contrastive(alpha, k)
    loaded = tiny(family)
    run(setting(loaded), column)
    ids, steps = reference(loaded.model, PROMPT, alpha, k, 12)
    assert column.lines[0].ids == ids
    for ours, theirs in zip(scores_of(column), steps, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_case_that_was_worked_out_by_hand():
    """Two earlier places along the axes; the likelier candidate repeats the first, the other lies between."""
    column = contrastive(0.6, 2)
    told = setting(tiny("gpt2"), prompt_hidden=torch.tensor([[2.0, 0.0], [0.0, 5.0]]))
    column.begin(told)
    prompt = torch.full((1, VOCABULARY), -math.inf)
    prompt[0, [30, 40]] = torch.tensor([0.7, 0.3]).log()
    feed = column.step(given_of(prompt))
    assert (feed.parents, feed.tokens, column.news()) == ([0, 0], [30, 40], ([], []))
    feed = column.step(given_of(torch.zeros(2, VOCABULARY), hidden=torch.tensor([[9.0, 0.0], [1.0, 1.0]])))
    expected = {30: 0.4 * 0.7 - 0.6 * 1, 40: 0.4 * 0.3 - 0.6 * math.sqrt(0.5)}  # -0.32 and about -0.304
    assert scores_of(column) == [pytest.approx(expected)]
    (wrote,), _ = column.news()
    assert wrote.ids == (40,) and wrote.ranks == (2,) and wrote.log_probs == pytest.approx((math.log(0.3),))
    assert feed.parents == [1, 1]  # what comes next continues the winner


@pytest.mark.parametrize("family", ["gpt2", "llama", "opt"])
def test_without_the_penalty_it_is_greedy(family):
    column, greedy = contrastive(0.0), Search(0, strategy("greedy"), 1)
    run(setting(tiny(family)), column)
    run(setting(tiny(family)), greedy)
    assert texts(column) == texts(greedy)
    assert [one.id for one in column.lines[0].told] == column.lines[0].ids
    ours = [(one.log_prob, one.entropy) for one in column.lines[0].told]
    theirs = [(one.log_prob, one.entropy) for one in greedy.lines[0].told]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert {one.rank for one in column.lines[0].told} == {1}


def test_more_candidates_than_tokens_are_all_tokens():
    column, loaded = contrastive(0.6, 16), tiny("gpt2", vocab_size=9)
    prompt = [3, 8, 5]
    run(setting(loaded, prompt), column)
    ids, _ = reference(loaded.model, prompt, 0.6, 9, 12)
    assert column.lines[0].ids == ids
    assert [len(scores) for scores in scores_of(column)] == [9] * 12


def test_one_forward_a_token_and_one_for_the_prompt():
    column = contrastive()
    steps = run(setting(tiny("gpt2"), max_new_tokens=5), column)
    assert len(steps) == 6 == column.lines[0].forwards
    assert [len(step.wrote) for step in steps] == [0, 1, 1, 1, 1, 1]


def test_what_is_told_of_a_token_is_of_the_models_own_distribution():
    column, loaded = contrastive(), tiny("llama")
    run(setting(loaded), column)
    text = column.lines[0]
    logits = whole(loaded.model, PROMPT + text.ids).logits[0, len(PROMPT) - 1 : -1].double()
    logs = logits.log_softmax(-1)
    for at, one in enumerate(text.told):
        assert one.log_prob == pytest.approx(float(logs[at, one.id]), abs=1e-4)
        assert one.rank == 1 + int((logits[at] > logits[at, one.id]).sum())
        assert one.entropy == pytest.approx(-float((logs[at].exp() * logs[at]).sum()), abs=1e-4)
        torch.testing.assert_close(text.kept[at].logits, logits[at].float(), atol=1e-4, rtol=1e-4)


def test_its_stages_are_the_raw_distribution_and_the_scores():
    column = contrastive(k=3)
    run(setting(tiny("gpt2")), column)
    text = column.lines[0]
    assert len(text.stages) == 12
    for stages, kept, id_ in zip(text.stages, text.kept, text.ids, strict=True):
        assert stages.names == ("raw", "contrastive") and kept.method == "contrastive"
        assert stages.kept.tolist() == [VOCABULARY, 3]
        assert stages.probs[1, stages.ids.tolist().index(id_)] == stages.probs[1].max()


def test_nothing_is_remembered_or_traced_unasked():
    column = contrastive()
    run(setting(tiny("gpt2"), trace=0, remembers=False), column)
    assert len(column.lines[0].ids) == 12 and not column.lines[0].kept and not column.lines[0].stages


def test_an_end_token_ends_it_when_it_is_chosen():
    free = contrastive()
    run(setting(tiny("gpt2")), free)
    ids = free.lines[0].ids
    place = next(at for at, id_ in enumerate(ids) if at and id_ not in ids[:at])
    column = contrastive()
    run(setting(tiny("gpt2"), ends=frozenset([ids[place]])), column)
    assert column.lines[0].ids == ids[: place + 1] and column.lines[0].reason == "eos"


@pytest.mark.parametrize(("limit", "full"), [(1, "length"), (4, "length"), (4, "context")])
def test_it_ends_with_the_last_token_that_is_allowed(limit, full):
    column = contrastive()
    run(setting(tiny("gpt2"), max_new_tokens=limit, full=full), column)
    assert len(column.lines[0].ids) == limit and column.lines[0].reason == full


@pytest.mark.parametrize("room", [0, 1, 3])
def test_nothing_is_fed_past_the_context(room):
    """GPT-2 has no position for such a token and would raise."""
    column, prompt = contrastive(), [7, 90, 33, 250] * (CONTEXT // 4)
    prompt = prompt[: CONTEXT - room]
    run(setting(tiny("gpt2"), prompt, max_new_tokens=20), column)
    assert len(column.lines[0].ids) == room and column.lines[0].reason == "context"
