"""The plan of a run: lines become stages that cover every step once."""

import random

import pytest

from pipelines.core.errors import SpecError
from pipelines.training.specs import PretrainSpec
from pipelines.training.stages import plan

START = {"steps": 100, "context": 128, "batch_size": 8, "second_share": 0.25, "passes": 3}


def test_without_lines_there_is_one_stage():
    (stage,) = plan((), **START).stages
    assert (stage.first, stage.end, stage.context, stage.batch_size) == (0, 100, 128, 8)
    assert stage.second_share == 0.25


def test_a_line_changes_what_it_names_and_keeps_the_rest():
    one, two = plan(("0.4 context=64 batch_size=16", "0.6 second_share=0"), **START).stages
    assert (one.first, one.end, one.context, one.batch_size, one.second_share) == (0, 40, 64, 16, 0.25)
    assert (two.first, two.end, two.context, two.batch_size, two.second_share) == (40, 100, 128, 8, 0.0)


@pytest.mark.parametrize("seed", range(30))
def test_stages_cover_every_step_and_tokens_add_up(seed):
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(1, 20), rng.randint(1, 6)))
    shares = [(b - a) / 20 for a, b in zip([0, *cuts], [*cuts, 20], strict=True)]
    lines = [f"{s} context={rng.choice([16, 32, 128])} batch_size={rng.randint(1, 9)}" for s in shares]
    made = plan(tuple(lines), **{**START, "steps": rng.randint(40, 300)})
    steps = [step for s in made.stages for step in range(s.first, s.end)]
    assert steps == list(range(made.steps))
    drawn = 0
    for step in steps:
        assert made.tokens_at(step) == drawn
        stage = made.stage_at(step)
        assert stage.first <= step < stage.end
        drawn += stage.context * stage.batch_size * 3
    assert made.tokens == made.tokens_at(made.steps) == drawn
    assert made.stage_at(made.steps) == made.stages[-1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("half context=64", "lines such as"),
        ("1.0 contxt=64", "lines such as"),
        ("1.0 context=many", "lines such as"),
        ("0.9", "lines such as"),
        ("1.5", "lines such as"),
        ("nan", "lines such as"),
        ("1.0 context=256", "a context from 16 to the run's own"),
        ("1.0 batch_size=0", "a batch_size from 1 to 1024"),
        ("1.0 second_share=0.99", "a second_share from 0 to 0.95"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_accepted(line, words):
    with pytest.raises(SpecError, match=words):
        plan((line,), **START)


def test_a_stage_too_short_for_a_step_is_refused():
    with pytest.raises(SpecError, match="at least one step each"):
        plan(("0.001", "0.999"), **{**START, "steps": 10})


def test_the_spec_refuses_a_share_of_a_corpus_that_is_not_there():
    with pytest.raises(SpecError, match="second_share accepts 0 without a second_corpus"):
        PretrainSpec(second_share=0.5)
    with pytest.raises(SpecError, match="no second_share without a second_corpus"):
        PretrainSpec(stages=("1.0 second_share=0.5",))
