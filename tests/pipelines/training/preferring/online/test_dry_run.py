"""A step on rewards that is tried before the training: with the longest answers, and without a trace."""

import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.training.tuning import dry_run as module
from pipelines.training.tuning.dry_run import TooLargeError, step_of
from pipelines.training.tuning.offers import offers
from tests.support.tuning_jobs import events, tune

KINDS = pytest.mark.parametrize("kind", ["grpo", "rloo"])


@KINDS
def test_the_answers_that_are_tried_are_of_the_most_tokens(trainer_of, kind):
    trainer = trainer_of(kind)
    usual, rows = trainer.generation_config, [trainer.train_dataset[n] for n in range(2)]
    ends = list(trainer.eos_token_ids)
    trainer.model.train()
    batch = trainer.collated(rows)
    assert batch["completion_ids"].shape == (8, 6) and batch["completion_mask"].all()
    assert not torch.isin(batch["completion_ids"], torch.tensor(ends)).any()
    assert trainer.generation_config is usual and not usual.min_new_tokens
    assert trainer.state.num_input_tokens_seen == 0 and trainer._metrics["train"]
    trainer.untold()
    assert not trainer._metrics["train"]


@KINDS
@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_tried_step_has_the_gradients_of_a_real_one_and_takes_none_of_them(trainer_of, kind, checkpointing):
    trainer = trainer_of(kind, gradient_checkpointing=checkpointing, beta=0.5)
    rows = [trainer.train_dataset[n] for n in range(2)]
    step_of(trainer, lambda count: trainer.collated(rows[:count]))(2)
    gradients = [p.grad for p in trainer.model.parameters() if p.requires_grad]
    assert any(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)
    assert trainer._written is None  # the first real step writes its own


def test_a_run_tells_what_a_step_takes_and_learns_from_none_of_it(tiny_asked, tuned):
    fields = {**tiny_asked, "max_steps": 3, "check_forgetting": False}
    job = tuned("measured", fields, "grpo")
    (told,) = events(job, "measured")
    assert told["batch_size"] == 2 and told["memory_bytes"] > 0 and told["steps"] == 3
    prompt = told["longest"] - 6
    assert 4 < prompt < 40 and told["seconds"] > 0
    kinds = [event["type"] for event in job.read_events()[0]]
    assert not {"train", "eval", "answered"} & {*kinds[: kinds.index("measured")]}


@KINDS
def test_what_will_not_fit_is_refused_with_what_to_change(tiny_asked, job_of, scripted, kind, monkeypatch):
    monkeypatch.setattr(module.Meter, "free", lambda self, *_: 1_000)
    fields = {**tiny_asked, "batch_size": 4, "check_forgetting": False}
    job = job_of("large", fields, kind)
    with pytest.raises(TooLargeError, match=r"4 prompts, each with 4 answers, of \d+ tokens") as refused:
        tune(job, fields, scripted(job))
    half, again = refused.value.mends
    assert half == {"batch_size": 2, "gradient_accumulation_steps": 2}
    assert again == {"gradient_checkpointing": True}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"batch_size": 4, "num_iterations": 2}, ({"gradient_checkpointing": True},)),
        ({"batch_size": 1, "gradient_checkpointing": True}, ({"max_new_tokens": 32}, {"num_generations": 4})),
        (
            {"batch_size": 1, "gradient_checkpointing": True, "max_new_tokens": 8, "num_generations": 3},
            ({"max_length": 128},),
        ),
    ],
)
def test_shorter_and_fewer_answers_are_offered_where_the_batch_cannot_be_halved(changes, found):
    spec = kind_named("grpo").parse({"base": "house/story-base", "problems": "sums", **changes})
    assert offers(spec) == found
    with pytest.raises(SpecError):
        kind_named("grpo").parse({**spec.to_dict(), "max_new_tokens": spec.max_length})
