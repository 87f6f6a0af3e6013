"""Beam search against transformers' own, and what it tells of its steps."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LogitsProcessorList

from pipelines.generation.comparing import Beams
from pipelines.generation.loop import beam_tree
from pipelines.generation.loop.beam import Beam
from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.processors import CountPenalty
from pipelines.generation.loop.run import Run
from pipelines.generation.loop.search import Search
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.strategy import strategy
from pipelines.models.ends import end_tokens
from pipelines.models.loader import load_model
from tests.support.beams import FAMILIES, OFTEN, STOPS, beam, ending, path, told_beams
from tests.support.loops import PROMPT, run, setting, whole
from tests.support.tiny_models import VOCABULARY, tiny


def generated(loaded, made, one) -> tuple[list[int], float]:
    """The ids and the score that transformers' own search finds with the same settings."""
    known = {"num_beams", "length_penalty", "repetition_penalty", "no_repeat_ngram_size"}
    counted = CountPenalty(one.frequency_penalty, one.presence_penalty, made.new_from)
    loaded.model.generation_config.eos_token_id = None  # else it would be taken where there are no ends
    prompt = torch.tensor([made.prompt_ids])
    output = loaded.model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),  # else it takes pad tokens of the prompt for padding
        max_new_tokens=made.max_new_tokens,
        eos_token_id=sorted(made.ends) or None,
        pad_token_id=2,
        do_sample=False,
        num_return_sequences=1,
        early_stopping=STOPS[one.early_stopping],
        logits_processor=LogitsProcessorList([counted]),
        return_dict_in_generate=True,
        output_scores=True,
        **{name: value for name, value in one.effective().items() if name in known},
    )
    return output.sequences[0, len(made.prompt_ids) :].tolist(), float(output.sequences_scores[0])


def check_parity(loaded, made, column: Beam) -> None:
    ids, score = generated(loaded, made, column.strategy)
    run(made, column)
    (line,) = column.lines
    assert line.ids == ids
    assert line.score == pytest.approx(score, rel=1e-4, abs=1e-5)
    assert line.reason == ("eos" if ids[-1] in made.ends else made.full)


def cases(count: int, seed: int) -> list[dict[str, Any]]:
    """Settings of which every value occurs with every other sooner or later."""
    chance = random.Random(seed)
    return [
        {
            "beams": chance.randint(2, 8),
            "power": chance.choice([-2.0, -0.5, 0.0, 0.5, 1.0, 1.0, 2.5]),
            "bias": chance.choice([0.0, 3.0, 5.0]),
            "ends": frozenset(chance.sample(sorted(OFTEN), chance.randint(0, 3))),
            "tokens": chance.choice([1, 2, 9, 25]),
            "prompt": [chance.randrange(VOCABULARY) for _ in range(chance.randint(1, 9))],
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stops", STOPS)
def test_text_and_score_are_those_of_generate(family, stops):
    for case in cases(12, seed=len(family) + len(stops)):
        loaded = ending(family, case["bias"])
        made = setting(loaded, case["prompt"], ends=case["ends"], max_new_tokens=case["tokens"], trace=0)
        check_parity(
            loaded,
            made,
            beam(num_beams=case["beams"], length_penalty=case["power"], early_stopping=stops),
        )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "penalties",
    [
        {"repetition_penalty": 1.4},
        {"repetition_penalty": 0.8, "no_repeat_ngram_size": 1},
        {"no_repeat_ngram_size": 2},
        {"frequency_penalty": 1.5, "presence_penalty": -0.5},
        {"repetition_penalty": 1.2, "frequency_penalty": -0.7, "presence_penalty": 2.0},
    ],
    ids=lambda found: "-".join(found),
)
def test_penalties_act_on_log_probabilities_as_in_generate(family, penalties):
    loaded = ending(family, 4.0)
    for stops, count in zip(STOPS, (3, 4, 8), strict=True):
        made = setting(loaded, ends=OFTEN, max_new_tokens=20, trace=0)
        check_parity(loaded, made, beam(num_beams=count, early_stopping=stops, **penalties))


@pytest.mark.parametrize(
    "family", ["qwen3", "mistral", "gemma2", "gemma3", "gpt_oss", "opt", "mpt", "bloom", "falcon", "gpt_neo"]
)
def test_beams_move_between_rows_of_every_kind_of_cache(family):
    loaded = ending(family, 2.0)
    check_parity(loaded, setting(loaded, ends=OFTEN, max_new_tokens=18), beam(num_beams=5))


@pytest.mark.parametrize("stops", STOPS)
def test_a_trained_model_writes_what_generate_writes(stops):
    folder = Path(__file__).parents[4] / "assets" / "models" / "story-base"
    loaded = load_model("house/story-base", folder, torch.device("cpu"))
    prompt = loaded.tokenizer("The end. They").input_ids
    made = setting(loaded, prompt, ends=end_tokens(loaded), max_new_tokens=40, trace=0)
    check_parity(loaded, made, beam(num_beams=4, early_stopping=stops))


def test_what_the_context_cuts_off_says_so():
    made = setting(tiny("gpt2"), full="context")
    column = beam()
    run(made, column)
    assert column.lines[0].reason == "context"


@pytest.mark.parametrize("penalty", [1.0, 1.6])
def test_tokens_are_told_under_the_raw_distribution(penalty):
    loaded, column = tiny("llama"), beam(repetition_penalty=penalty)
    run(setting(loaded), column)
    (line,) = column.lines
    for at, told in enumerate(line.told):
        log_probs = whole(loaded.model, PROMPT + line.ids[:at]).logits[0, -1].double().log_softmax(-1)
        assert told.id == line.ids[at]
        assert told.log_prob == pytest.approx(float(log_probs[told.id]), abs=1e-4)
        assert told.rank == 1 + int((log_probs > log_probs[told.id]).sum())
        assert told.entropy == pytest.approx(float(-(log_probs.exp() * log_probs).sum()), abs=1e-4)


# What each step tells


def ended_texts(beams: list[Beams]) -> list[tuple[list[int], float]]:
    return [
        (path(beams, at, node), one.scores[node])
        for at, one in enumerate(beams)
        for node, ended in enumerate(one.ended)
        if ended
    ]


@pytest.mark.parametrize("stops", STOPS)
def test_the_tree_holds_every_beam_and_the_best_text(stops):
    loaded, column = ending("gpt2", 4.0), beam(num_beams=5, early_stopping=stops, length_penalty=0.7)
    beams = told_beams(run(setting(loaded, ends=OFTEN, max_new_tokens=20), column))
    (line,) = column.lines
    assert [one.step for one in beams] == list(range(len(beams)))
    assert {one.column for one in beams} == {0}
    assert all(one.ended.count(False) == 5 for one in beams[:-1])
    texts = ended_texts(beams)
    assert len(texts) >= 5
    best = max(texts, key=lambda one: one[1] / len(one[0]) ** 0.7)
    assert best[0] == line.ids
    assert line.score == pytest.approx(best[1] / len(line.ids) ** 0.7)
    assert line.forwards == len(beams)


def test_scores_add_up_along_the_tree_and_are_true():
    loaded, column = ending("llama", 3.0), beam(num_beams=4)
    beams = told_beams(run(setting(loaded, ends=OFTEN), column))
    for before, now in zip([None, *beams], beams, strict=False):
        for parent, log_prob, score in zip(now.parents, now.log_probs, now.scores, strict=True):
            assert parent == -1 if before is None else not before.ended[parent]
            assert score == pytest.approx(log_prob + (before.scores[parent] if before else 0), abs=1e-4)
    for ids, score in ended_texts(beams):
        logits = whole(loaded.model, PROMPT + ids).logits[0, len(PROMPT) - 1 : -1].double()
        exact = logits.log_softmax(-1).gather(1, torch.tensor(ids)[:, None]).sum()
        assert score == pytest.approx(float(exact), abs=1e-4)


def test_the_text_is_told_once_at_the_end():
    column = beam()
    steps = run(setting(tiny("gpt2")), column)
    assert all(not step.wrote and len(step.beams) == 1 for step in steps[:-1])
    (wrote,) = steps[-1].wrote
    assert list(wrote.ids) == column.lines[0].ids
    assert "".join(wrote.texts) == column.lines[0].detokenizer.text
    assert len(wrote.stages) == len(wrote.ids)
    assert column.news() == ([], [])


def test_the_first_token_came_before_the_end():
    column = beam()
    run(setting(tiny("gpt2")), column)
    assert column.lines[0].first_at < column.lines[0].last_at


def test_others_beside_it_change_nothing():
    made = setting(tiny("gpt_neox"))
    alone, beside, diverse = beam(), beam(), Beam(2, strategy("beam", {"num_beams": 6, "num_beam_groups": 3}))
    run(made, alone)
    run(made, Search(1, strategy("top_k"), 1), beside, diverse, Search(3, strategy("greedy"), 1))
    assert beside.lines[0].ids == alone.lines[0].ids
    assert beside.lines[0].score == pytest.approx(alone.lines[0].score, abs=1e-5)


# What is remembered


@pytest.mark.parametrize(
    "parameters",
    [
        {"num_beams": 3},
        {"num_beams": 3, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2},
        {"num_beams": 6, "num_beam_groups": 3},
        {"num_beams": 6, "num_beam_groups": 3, "diversity_penalty": 0.4, "repetition_penalty": 1.2},
    ],
)
def test_a_remembered_step_gives_the_same_stages_and_score_again(parameters):
    loaded, column = tiny("llama"), beam(length_penalty=0.0, **parameters)
    made = setting(loaded)
    run(made, column)
    (line,) = column.lines
    assert len(line.kept) == len(line.stages) == len(line.ids)
    total = 0.0
    for at, (kept, told) in enumerate(zip(line.kept, line.stages, strict=True)):
        adjusted = None if kept.adjusted is None else kept.adjusted[None]
        before = torch.tensor([PROMPT + line.ids[:at]])
        raw = Raw(kept.logits[None], kept.method, adjusted)
        stages = stages_of(column.strategy, raw, before, made.new_from)
        (again,) = told_stages(loaded.tokenizer, stages, [[line.ids[at]]], made.trace)
        assert (again.names, again.texts) == (told.names, told.texts)
        assert torch.allclose(torch.tensor(again.probs), torch.tensor(told.probs), atol=1e-6)
        total += float(stages[-1][1][0, line.ids[at]])
    assert total == pytest.approx(line.score, abs=1e-4)


def test_a_remembered_row_holds_no_other():
    column = beam()
    run(setting(tiny("gpt2")), column)
    assert {one.logits.untyped_storage().nbytes() for one in column.lines[0].kept} == {4 * VOCABULARY}


def test_nothing_is_remembered_or_traced_unasked():
    column = beam()
    run(setting(tiny("gpt2"), remembers=False, trace=0), column)
    assert column.lines[0].kept == column.lines[0].stages == []


def test_only_the_best_text_is_traced_and_most_of_it_on_the_way(monkeypatch):
    column, counts, made = beam(num_beams=4), [0], []

    def counted(tokenizer, stages, wanted, top):
        counts[-1] += len(wanted)
        made.append(told_stages(tokenizer, stages, wanted, top))
        return made[-1]

    monkeypatch.setattr(beam_tree, "told_stages", counted)
    for _ in Run(setting(tiny("gpt2"), max_new_tokens=40, remembers=False), [column]).steps():
        counts.append(0)
    (line,) = column.lines
    assert sum(counts) == len(line.ids) == 40
    assert sum(counts[:-2]) > 20
    assert [id(one) for one in line.stages] == [id(one) for (one,) in made]
    assert line.kept == []
