"""Specs, problems, prompts and estimates of trainings on rewards."""

import re

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.models.catalogue import Catalogue
from pipelines.prompting.tasks.problems import Author
from pipelines.training.preferring.online.footprint import footprint
from pipelines.training.preferring.online.problems import is_fresh, problems
from pipelines.training.preferring.online.rewards import correct
from pipelines.training.preferring.online.rows import AskedRows, reading_of
from pipelines.training.preferring.online.source import source
from pipelines.training.rows.examples import Asked
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.tuning.footprint import read_base

GIVEN = {"base": "house/story-instruct", "problems": "sums"}


def spec_of(kind="grpo", **fields):
    return kind_named(kind).parse({**GIVEN, "chat_template": "house", **fields})


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("grpo", {"num_generations": 1}, "num_generations accepts a whole number from 2"),
        ("grpo", {"rewards": ["correct=0", "working=0"]}, "rewards accepts a weight above 0"),
        ("grpo", {"rewards": []}, "rewards accepts a weight above 0"),
        ("grpo", {"rewards": ["kind=1"]}, "rewards accepts lines of the form name=weight"),
        ("grpo", {"rewards": ["correct=nan"]}, "rewards accepts lines"),
        ("grpo", {"rewards": ["correct=1", "correct=2"]}, "rewards accepts lines"),
        ("grpo", {"rewards": ["length=1"]}, "target_length accepts what the reward length"),
        ("grpo", {"rewards": ["format=1"]}, "needs accepts what the reward format"),
        ("grpo", {"rewards": ["model=1"]}, "reward_model accepts what the reward model"),
        ("grpo", {"reward_model": "run/x"}, "reward_model accepts nothing where rewards has no model=weight"),
        ("grpo", {"problems": "rows"}, "dataset accepts upload:<id>"),
        ("grpo", {"dataset": "upload:x"}, "dataset accepts nothing: sums are made here"),
        ("grpo", {"form": "What?"}, "form accepts text with {problem}"),
        ("grpo", {"problem_steps": 1}, "problem_steps accepts 2, 3 or 0"),
        ("grpo", {"max_new_tokens": 256}, "max_new_tokens accepts less than max_length"),
        ("grpo", {"num_iterations": 2, "gradient_accumulation_steps": 2}, "gradient_accumulation_steps acc"),
        ("grpo", {"loss_type": "ppo"}, "loss_type accepts one of 'dapo'"),
        ("grpo", {"normalize_advantages": True}, "normalize_advantages accepts nothing"),
        ("rloo", {"scale_rewards": "group"}, "scale_rewards accepts nothing"),
        ("rloo", {"batch_size": 3, "processes": 2}, "batch_size accepts a multiple"),
        ("rloo", {"method": "prefix"}, "method accepts one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(kind, fields, words):
    with pytest.raises(SpecError, match=re.escape(words)):
        spec_of(kind, **fields)


def test_a_spec_comes_back_from_its_words():
    for kind in ("grpo", "rloo"):
        spec = spec_of(kind, rewards=["correct=1", "working = .5", "length=0"])
        assert kind_named(kind).parse(spec.to_dict()) == spec and spec.what.job == kind
        assert spec.weights == {"correct": 1, "working": 0.5} and spec.needs_answers
    assert kind_named("grpo").load_runner().keywords["author"] is Author


@pytest.mark.parametrize("kind", ["sums", "words"])
def test_problems_are_right_and_none_is_on_both_sides(kind):
    spec = spec_of(problems=kind, num_problems=400, eval_prompts=100, form="Q: {problem} A:")
    training, fresh = problems(spec, Author)
    assert (len(training), len(fresh)) == (400, 100) and problems(spec, Author) == (training, fresh)
    assert not {one.prompt for one in training} & {one.prompt for one in fresh}
    assert len({one.prompt for one in fresh}) == 100
    assert all(one.prompt.startswith("Q: ") and correct(one.answer, one.answer) for one in training)
    other, _ = problems(spec_of(problems=kind, num_problems=400, eval_prompts=100, seed=5), Author)
    assert other != training and not {o.prompt for o in other} & {one.prompt for one in fresh}
    if kind == "sums":
        for one in (*training, *fresh):
            left, sign, right = one.prompt[3:-3].split()
            value = int(left) + int(right) if sign == "+" else int(left) - int(right)
            assert str(value) == one.answer and value >= 0 and len(left) == len(right) == 2


def test_a_sum_and_its_turn_are_on_one_side():
    pairs = [(a, b) for a in range(60) for b in range(60)]
    assert all(is_fresh(a, "+", b) == is_fresh(b, "+", a) for a, b in pairs)
    assert np.mean([is_fresh(a, "-", b) for a, b in pairs]) == pytest.approx(0.2, abs=0.03)


def test_more_fresh_problems_than_there_are_is_refused():
    with pytest.raises(SpecError, match=r"eval_prompts accepts at most \d+: there are no more"):
        problems(spec_of(digits=1, eval_prompts=200), Author)


@pytest.fixture
def tokenizer(sft_base):
    return load_tokenizer(sft_base)


def test_rows_are_what_was_saved(tokenizer, tmp_path):
    spec = spec_of(max_new_tokens=5)
    reading = reading_of(spec, lambda *_: None)
    asked = [Asked(n, f"Tom has {n}. What is it?", str(n)) for n in range(1, 9)]
    rows = reading.gathered(one for a in asked for one in reading.encoded(a, tokenizer, spec))
    rows.save(tmp_path / "rows.npz")
    again = reading.load(tmp_path / "rows.npz")
    assert isinstance(again, AskedRows) and list(again.dataset()) == list(rows.dataset())
    assert [again[i]["answer"] for i in range(8)] == [a.answer for a in asked]
    assert tokenizer.decode(again[0]["prompt_ids"]) == "<|user|>Tom has 1. What is it?<|end|><|assistant|>"
    assert again.lengths.tolist() == [len(again[i]["prompt_ids"]) + 5 for i in range(8)]
    assert again.chosen([3, 1])[0] == again[3]


@pytest.mark.parametrize(
    ("asked", "fields", "words"),
    [
        (Asked(1, "  ", "3"), {}, "There is no prompt"),
        (Asked(1, "What?", "three"), {}, "needs an answer with a number"),
        (Asked(1, "Tom has 3. " * 30, "3"), {"max_length": 64, "max_new_tokens": 16}, "Raise max_length"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_asked_says_what_to_change(tokenizer, asked, fields, words):
    spec = spec_of(**fields)
    with pytest.raises(GlassworksError, match=words):
        reading_of(spec, lambda *_: None).encoded(asked, tokenizer, spec)


def test_prompts_of_a_data_set_need_answers_only_where_they_can_be_right(tmp_path, settings, tokenizer):
    file = tmp_path / "prompts.jsonl"
    file.write_text("\n".join(f'{{"prompt": "Say {n}."}}' for n in range(20)), encoding="utf-8")
    told = {"problems": "rows", "dataset": f"path:{file}", "eval_prompts": 2, "validation_share": 0.3}
    spec = spec_of(**told, rewards=["length=1"], target_length=5)
    found = source(Author, spec, settings)
    assert len(found.training) == 14 and len(found.validation) == 2 and found.training[0].answer == ""
    assert reading_of(spec, lambda *_: None).encoded(found.training[0], tokenizer, spec)


def test_an_estimate_counts_all_answers_and_their_writing(settings):
    catalogue = Catalogue(settings)
    base = read_base(catalogue.get(GIVEN["base"]), catalogue.place(GIVEN["base"]))
    made, less, full = (
        footprint(spec_of(num_problems=800, **fields), base, settings)
        for fields in ({}, {"num_generations": 4, "beta": 0}, {"method": "full"})
    )
    assert made.steps == less.steps == 100 and made.tokens == 2 * less.tokens
    assert made.seconds > 1.5 * less.seconds and made.memory["activations"] > less.memory["activations"]
    each = footprint(spec_of(num_problems=800, processes=2), base, settings)
    assert each.steps == 100 and each.memory["activations"] < 0.6 * made.memory["activations"]
    assert full.memory["reference"] == 4 * base.entry.parameters and "reference" not in made.memory
