"""A run of many strategies through its handler, its steps anew, and what is refused."""

import numpy as np
import pytest
import torch

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.generation import memory
from pipelines.generation.compare import compared, decode, shown, step
from pipelines.generation.comparing import Decoded, DecodeRequest, DecodeStarted, DecodeStep, StepRequest
from pipelines.generation.remembered import Runs, runs_of
from pipelines.generation.strategy import strategy
from tests.support.answering import Loaded
from tests.support.loops import whole
from tests.support.tiny_models import tiny

PROMPT = "The little dog barked at"
NAMES = ("greedy", "temperature", "top_p", "beam", "contrastive_search", "dola", "prompt_lookup")


@pytest.fixture
def loaded():
    found = tiny("gpt2")
    found.notes.clear()
    return found


def request(*strategies, **changed):
    values = {"model": "gpt2", "prompt": PROMPT, "max_new_tokens": 10, "seed": 5, "run": "r"}
    return DecodeRequest(strategies=tuple(strategies or map(strategy, NAMES)), **{**values, **changed})


def events(loaded, asked):
    return [event for event in compared({"gpt2": loaded}, asked) if event is not None]


def test_a_run_tells_its_start_its_steps_and_its_end(loaded):
    asked = request(samples=2)
    first, *steps, last = events(loaded, asked)
    assert isinstance(first, DecodeStarted) and isinstance(last, Decoded)
    assert first.ids.tolist() == loaded.tokenizer(PROMPT).input_ids and "".join(first.texts).strip() == PROMPT
    assert first.rows == asked.rows == 1 + 2 + 2 + 4 + 4 + 1 + 1
    assert all(isinstance(one, DecodeStep) for one in steps)
    assert [(o.column, o.sample) for o in last.outcomes] == [
        (0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (4, 0), (5, 0), (6, 0),
    ]  # fmt: skip
    told = {}
    for wrote in (wrote for one in steps for wrote in one.wrote):
        told.setdefault((wrote.column, wrote.sample), []).append(wrote)
    for one in last.outcomes:
        parts = told[one.column, one.sample]
        assert [i for part in parts for i in part.ids] == one.ids.tolist() and 0 < len(one.ids) <= 10
        assert np.allclose([x for part in parts for x in part.log_probs], one.log_probs)
        assert one.text == "".join(one.texts) and 0 < one.first_seconds <= one.seconds
        assert one.measures.tokens == len(one.ids)
    assert np.isfinite(last.self_bleu[[1, 2]]).all() and np.isnan(last.self_bleu[[0, 3, 4, 5, 6]]).all()


def test_log_probs_ranks_and_entropies_are_the_models_own_for_every_strategy(loaded):
    *_, last = events(loaded, request())
    prompt = loaded.tokenizer(PROMPT).input_ids
    for one in last.outcomes:
        ids = one.ids.tolist()
        logs = whole(loaded.model, [*prompt, *ids]).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        assert np.allclose(one.log_probs, logs[range(len(ids)), ids], atol=1e-4), NAMES[one.column]
        ranks = (logs > logs[range(len(ids)), ids][:, None]).sum(-1) + 1
        assert one.ranks.tolist() == ranks.tolist(), NAMES[one.column]
        assert np.allclose(one.entropies, -(logs.exp() * logs).sum(-1), atol=1e-3)


@pytest.mark.parametrize("same_noise", [True, False])
def test_a_column_is_the_same_alone_as_beside_all_others(loaded, same_noise):
    *_, together = events(loaded, request(samples=2, same_noise=same_noise))
    for at, name in enumerate(NAMES):
        *_, alone = events(loaded, request(strategy(name), samples=2, same_noise=same_noise))
        wanted = [one.ids.tolist() for one in together.outcomes if one.column == at]
        assert [one.ids.tolist() for one in alone.outcomes] == wanted, name


def test_another_seed_is_another_text_for_what_draws_alone(loaded):
    texts = [[o.text for o in events(loaded, request(seed=seed))[-1].outcomes] for seed in (5, 6)]
    differs = [a != b for a, b in zip(*texts, strict=True)]
    assert differs == [strategy(name).draws for name in NAMES]


def test_a_branch_goes_on_as_the_text_would_have(loaded):
    drawn = [strategy("top_p"), strategy("sample", {"frequency_penalty": 1.5, "temperature": 0.7})]
    *_, whole_run = events(loaded, request(*drawn, run=""))
    for at, one in enumerate(whole_run.outcomes):
        taken = tuple(one.ids[:4].tolist())
        *_, branch = events(loaded, request(drawn[at], run="", after=taken, max_new_tokens=6))
        assert branch.outcomes[0].ids.tolist() == one.ids[4:].tolist()


def test_a_remembered_step_is_what_it_was_without_a_forward(loaded, monkeypatch):
    asked = request(trace=6)
    first, *_, last = events(loaded, asked)
    monkeypatch.setattr(type(loaded.model), "forward", None)  # whoever needs one fails
    for one in last.outcomes:
        for position in range(len(one.ids)):
            told = shown(loaded, step_request(asked, one.column, position))
            assert told.chosen == one.ids[position] and told.chosen in told.stages.ids
            if strategy(NAMES[one.column]).kind.method in ("search", "dola", "contrastive_search"):
                assert told.now == told.chosen, NAMES[one.column]
    assert first.rows == asked.rows


def step_request(asked, column, position, **settings):
    was = asked.strategies[column]
    now = strategy(was.name, {**was.effective(), **settings})
    return StepRequest("gpt2", asked.run, column, 0, position, now)


def test_a_moved_setting_shows_what_would_have_been_taken(loaded):
    asked = request(strategy("top_k", {"top_k": 50}), seed=3)
    events(loaded, asked)
    for position in range(10):
        greedy = shown(loaded, step_request(asked, 0, position, top_k=1))
        assert (
            greedy.stages.kept[-1] == 1 and greedy.now == greedy.stages.ids[greedy.stages.probs[0].argmax()]
        )
        assert shown(loaded, step_request(asked, 0, position)).now == greedy.chosen


def test_what_needs_a_new_run_is_refused_by_name(loaded):
    asked = request()
    events(loaded, asked)
    with pytest.raises(SpecError, match="num_beams accepts 4, as in the run"):
        shown(loaded, step_request(asked, 3, 0, num_beams=5))
    with pytest.raises(SpecError, match="strategy accepts greedy"):
        shown(loaded, StepRequest("gpt2", "r", 0, 0, 0, strategy("top_k")))
    with pytest.raises(SpecError, match="column accepts a number below 7"):
        shown(loaded, StepRequest("gpt2", "r", 9, 0, 0, strategy("top_k")))
    with pytest.raises(SpecError, match="sample accepts"):
        shown(loaded, StepRequest("gpt2", "r", 0, 3, 0, strategy("greedy")))
    with pytest.raises(SpecError, match="position accepts a number below 10"):
        shown(loaded, step_request(asked, 0, 10))
    with pytest.raises(NotFoundError, match="no longer remembered"):
        shown(loaded, StepRequest("gpt2", "other", 0, 0, 0, strategy("greedy")))


def test_runs_are_forgotten_least_used_first(loaded):
    for name in ("a", "b", *(f"c{at}" for at in range(6))):
        events(loaded, request(strategy("greedy"), run=name, max_new_tokens=1))
    runs_of(loaded).get("a")
    events(loaded, request(strategy("greedy"), run="new", max_new_tokens=1))
    runs_of(loaded).get("a")
    with pytest.raises(NotFoundError):
        runs_of(loaded).get("b")


def test_a_run_too_large_to_remember_still_runs(loaded):
    loaded.notes["decoding"] = Runs(max_bytes=1000)
    asked = request(strategy("greedy"))
    assert len(events(loaded, asked)[-1].outcomes[0].ids) == 10
    with pytest.raises(NotFoundError):
        shown(loaded, step_request(asked, 0, 0))


def test_a_prompt_longer_than_the_context_is_refused(loaded):
    with pytest.raises(SpecError, match=r"prompt accepts at most 128 tokens with .*; got '?[0-9]+ tokens"):
        events(loaded, request(prompt="kite " * 200))


def test_a_text_ends_where_the_context_is_full(loaded):
    names = ("greedy", "beam", "contrastive_search", "dola", "prompt_lookup")
    prompt = "a" * 125
    while len(loaded.tokenizer(prompt).input_ids) > 125:
        prompt = prompt[:-1]
    begun = len(loaded.tokenizer(prompt).input_ids)
    *_, last = events(loaded, request(*map(strategy, names), prompt=prompt, max_new_tokens=200))
    for one in last.outcomes:
        # What is scored by a forward of itself cannot stand just past the context.
        past = names[one.column] != "contrastive_search"
        assert one.reason == "context" and len(one.ids) == 128 - begun + past, names[one.column]


def test_more_rows_than_memory_holds_are_refused(loaded, monkeypatch):
    monkeypatch.setattr(memory, "_free", lambda device: 1_000_000)
    with pytest.raises(SpecError, match=r"strategies accepts texts and beams of at most \d+ rows.*beam 16"):
        events(loaded, request(strategy("beam", {"num_beams": 16}), strategy("sample"), samples=64))
    monkeypatch.undo()
    assert events(loaded, request(strategy("beam", {"num_beams": 16})))


def test_a_row_needs_what_its_keys_values_and_scores_take(loaded):
    tokens = 100
    with torch.inference_mode():
        cache = loaded.model(torch.zeros(1, tokens).long(), use_cache=True).past_key_values
    held = sum(one.keys.nbytes + one.values.nbytes for one in cache.layers)
    assert held < memory.row_bytes(loaded, tokens) < 3 * held + 8 * 4 * 400 + 1


def test_a_token_that_the_model_does_not_know_is_refused(loaded):
    with pytest.raises(SpecError, match="after accepts token ids below 400; got 400"):
        events(loaded, request(after=(3, 400)))


def test_handlers_load_what_they_need_and_refuse_other_kinds(loaded):
    models = Loaded(lambda name: {"gpt2": loaded, "bert": tiny("bert")}[name])
    told = [event for event in decode(request(strategy("greedy"), judge="gpt2"), models) if event is not None]
    measures = told[-1].outcomes[0].measures
    assert measures.judge_perplexity > 1
    (answer,) = [
        one for one in step(step_request(request(strategy("greedy")), 0, 2), models) if one is not None
    ]
    assert answer.chosen == told[-1].outcomes[0].ids[2]
    with pytest.raises(GlassworksError, match="guesses masked words"):
        list(decode(request(model="bert"), models))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"model": ""}, "model"), ({"prompt": 3}, "prompt"), ({"strategies": ()}, "strategies"),
        ({"strategies": (strategy("greedy"),) * 13}, "strategies"), ({"max_new_tokens": 0}, "max_new_tokens"),
        ({"seed": -1}, "seed"), ({"samples": 65}, "samples"), ({"trace": True}, "trace"),
        ({"same_noise": 1}, "same_noise"), ({"run": "x" * 65}, "run"), ({"after": (-1,)}, "after"),
        ({"judge": None}, "judge"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(changed, field):
    values = {"model": "m", "prompt": "p", "strategies": (strategy("greedy"),), **changed}
    with pytest.raises(SpecError) as caught:
        DecodeRequest(**values)
    assert caught.value.field == field
