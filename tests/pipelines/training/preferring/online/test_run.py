"""Whole trainings of a tiny model on rewards: to the end, paused and resumed, and refused."""

import json

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.jobs.states import Action, JobState
from pipelines.prediction.handlers import predicted
from tests.support.tuning_jobs import events, loaded_from, losses, tune


def by_step(job) -> dict[int, dict]:
    return {e["step"]: e for e in events(job, "eval")}


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_it_learns_what_is_rewarded_and_pausing_changes_nothing(tiny_asked, job_of, tuned, scripted, kind):
    fields = {**tiny_asked, "name": "Sums", "check_forgetting": kind == "grpo"}
    whole, parted = tuned("whole", fields, kind), job_of("parted", fields, kind)
    measured = by_step(whole)
    assert list(measured) == [0, 3, 6]
    first, last = measured[0], measured[6]
    assert first["kl"] == pytest.approx(0, abs=1e-6) and last["kl"] > 1e-4
    assert 0 <= last["right_low"] <= last["right"] <= last["right_high"] <= 1
    assert "perplexity" not in last and 1 <= last["answer_tokens"] <= 6
    told = events(whole, "train")[-1]
    assert {"reward", "reward_spread", "reward_correct", "reward_length", "spread_length"} <= told.keys()
    assert {"right", "no_signal", "kl", "entropy", "answer_tokens", "cut_off", "clipped"} <= told.keys()
    assert told["reward"] == pytest.approx(told["reward_correct"] + 0.5 * told["reward_length"], abs=1e-5)
    assert len(events(whole, "forgetting")) == (2 if kind == "grpo" else 0)
    check_result(whole, fields, kind)

    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=4)) is JobState.PAUSED
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted, "reward") == pytest.approx(losses(whole, "reward"), abs=1e-5)
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-4)
    assert by_step(parted)[6]["reward"] == pytest.approx(last["reward"], abs=1e-6)


def check_result(job, fields, kind) -> None:
    (result,) = events(job, "result")
    best = by_step(job)[result["metrics"]["best_step"]]
    assert best["reward"] == max(one["reward"] for one in by_step(job).values() if one["step"])
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["reference"] == fields["base"] and lineage["method"] == f"{kind} (lora)"
    card = (job.artifact / "README.md").read_text()
    assert "# Sums" in card and "Right answers to fresh problems, before and after" in card
    rows = json.loads((job.path / "validation_rows.json").read_text())
    assert rows["rows"] == 8 and rows["best"][0]["loss"] <= rows["worst"][0]["loss"]
    told = [e for e in events(job, "answered") if e["step"] == 0]
    assert len(told) == 4 and told[0]["reward"] == pytest.approx(
        told[0]["rewards"]["correct"] + 0.5 * told[0]["rewards"]["length"]
    )
    assert loaded_from(job.artifact).kind == "causal-lm"


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_a_copy_is_the_reference_where_no_adapter_can_be_left_out(tiny_asked, tuned, kind):
    fields = {**tiny_asked, "method": "full", "learning_rate": 0.003, "beta": 0.1}
    job = tuned("full", fields, kind)
    assert by_step(job)[0]["kl"] == pytest.approx(0, abs=1e-6) and by_step(job)[6]["kl"] > 1e-5
    assert events(job, "train")[0]["kl"] == pytest.approx(0, abs=1e-6) and events(job, "train")[-1]["kl"] > 0
    assert (job.artifact / "model.safetensors").is_file()


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_answers_may_be_learnt_from_twice_and_a_pause_between_goes_on(
    tiny_asked, job_of, tuned, scripted, kind
):
    fields = {**tiny_asked, "num_iterations": 2, "beta": 0, "temperature": 0.8}
    job = tuned("twice", fields, kind)
    rewards = [e.get("reward") for e in events(job, "train")]
    assert all(one is not None for one in rewards[::2]) and not any(rewards[1::2])  # none was written
    assert "kl" in by_step(job)[6] and "kl" not in events(job, "train")[0]
    parted = job_of("parted", fields, kind)
    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=3)) is JobState.PAUSED
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    told = {e["step"]: e.get("reward") for e in events(parted, "train")}
    assert told[4] is not None, "the answers of step 3 are gone, and written anew"
    assert (told[1], told[3]) == pytest.approx((rewards[0], rewards[2]))


def test_problems_that_are_made_need_no_rows(tiny_asked, tuned):
    made = {"problems": "sums", "dataset": "", "num_problems": 16, "max_steps": 2, "eval_every": 2}
    made["gradient_accumulation_steps"] = 2
    job = tuned("sums", {**tiny_asked, **made}, "grpo")
    (plan,) = events(job, "plan")
    assert (plan["train_rows"], plan["validation_rows"], plan["rewards"]) == (
        16,
        8,
        {"correct": 1, "length": 0.5},
    )
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["corpus"]["id"] == "generated:sums" and lineage["rewards"] == plan["rewards"]


def test_a_reward_model_may_judge(tiny_asked, tiny_pairs, tuned):
    """It was taught that what names the thing is better than what asks back."""
    taught = {n: v for n, v in tiny_pairs.items() if n not in ("sample_tokens", "check_forgetting")}
    judge = tuned("judge", taught, "reward")
    fields = {
        **tiny_asked,
        "rewards": ["model=1"],
        "target_length": 0,
        "reward_model": f"path:{judge.artifact}",
    }
    job = tuned("judged", fields, "rloo")
    told = events(job, "answered")[0]
    loaded = loaded_from(judge.artifact)
    (asked,) = (one for one in predicted(loaded, told["prompt"], told["text"]) if one)
    assert told["rewards"]["model"] == pytest.approx(asked.value, abs=0.05)  # the artefact is in 16 bits
    assert by_step(job)[6]["reward"] > by_step(job)[0]["reward"]
    with pytest.raises(SpecError, match="reward_model accepts the name of a reward model"):
        tuned("no judge", {**fields, "reward_model": tiny_asked["base"]}, "grpo")


def test_stop_keeps_what_was_learnt_and_cancel_nothing(tiny_asked, job_of, scripted):
    stopped, cancelled = job_of("stopped", tiny_asked, "grpo"), job_of("cancelled", tiny_asked, "grpo")
    assert tune(stopped, tiny_asked, scripted(stopped, Action.STOP, at=4)) is JobState.SUCCEEDED
    assert events(stopped, "result")[0]["metrics"]["steps"] < 6
    assert tune(cancelled, tiny_asked, scripted(cancelled, Action.CANCEL, at=2)) is JobState.CANCELLED
    assert not cancelled.artifact.exists()


def test_a_prompt_that_does_not_fit_stands_against_the_start(tiny_asked, tuned):
    with pytest.raises(
        GlassworksError, match=r"Row \d+: The prompt has \d+ tokens, and max_new_tokens 6 more"
    ):
        tuned("long", {**tiny_asked, "max_length": 16}, "grpo")
