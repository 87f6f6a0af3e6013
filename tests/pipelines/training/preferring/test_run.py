"""Whole trainings of a tiny model on preferences: to the end, paused and resumed, and refused."""

import json

import pytest
import torch

from pipelines.core.errors import GlassworksError
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import Action, JobState
from pipelines.prediction.handlers import predicted
from pipelines.prediction.requests import Reward
from pipelines.training.preferring.run import manner_of
from tests.support.tuning_jobs import events, loaded_from, losses, tune


def by_step(job) -> dict[int, dict]:
    return {e["step"]: e for e in events(job, "eval")}


def test_dpo_prefers_what_was_preferred_and_pausing_changes_nothing(tiny_pairs, job_of, tuned, scripted):
    fields = {**tiny_pairs, "name": "Kinder", "check_forgetting": True}
    whole, parted = tuned("whole", fields, "dpo"), job_of("parted", fields, "dpo")
    (plan,) = events(whole, "plan")
    assert (plan["task"], plan["loss_type"], plan["beta"], plan["train_rows"]) == ("dpo", "sigmoid", 0.1, 48)
    measured = by_step(whole)
    assert list(measured) == [0, 4, 8, 12]
    first, last = measured[0], measured[12]
    assert first["loss"] == pytest.approx(0.6931, abs=1e-4) and first["reward_margin"] == first["kl"] == 0
    assert last["loss"] < 0.6 and last["reward_margin"] > 0.2 and last["reward_accuracy"] == 1
    moved = last["chosen_log_prob"] - last["rejected_log_prob"]
    assert moved > first["chosen_log_prob"] - first["rejected_log_prob"] and last["kl"] > 0
    assert "perplexity" not in last
    assert {"reward_margin", "reward_accuracy", "chosen_log_prob"} <= events(whole, "train")[-1].keys()
    assert [e["when"] for e in events(whole, "forgetting")] == ["before", "after"]
    check_result(whole, fields, measured)

    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=5)) is JobState.PAUSED
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-5)
    assert by_step(parted)[12]["kl"] == pytest.approx(last["kl"], rel=1e-3)


def check_result(job, fields, measured) -> None:
    (result,) = events(job, "result")
    best = measured[result["metrics"]["best_step"]]
    assert result["metrics"]["reward_margin"] == best["reward_margin"]
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["parent"] == lineage["reference"] == fields["base"] and lineage["method"] == "dpo (lora)"
    card = (job.artifact / "README.md").read_text()
    assert "# Kinder" in card and "| step | loss | reward margin |" in card and "loss `sigmoid`" in card
    rows = json.loads((job.path / "validation_rows.json").read_text())
    assert rows["rows"] == 12 and all(one["right"] for one in rows["best"])
    assert rows["best"][0]["loss"] < 0 and rows["best"][0]["wanted"].endswith("<|end|>")
    loaded = loaded_from(job.artifact)
    assert loaded.kind == "causal-lm" and loaded.tokenizer.chat_template


@pytest.mark.parametrize("changes", [{"method": "full"}, {"method": "bitfit"}])
def test_a_copy_is_the_reference_where_no_adapter_can_be_left_out(tiny_pairs, tuned, changes, monkeypatch):
    fields = {**tiny_pairs, "max_steps": 4, "learning_rate": 0.003, **changes}
    if changes["method"] == "bitfit":
        with pytest.raises(GlassworksError, match="has no biases"):  # the base has none
            tuned("none", fields, "dpo")
        return
    job = tuned("full", fields, "dpo")
    assert by_step(job)[0]["reward_margin"] == 0 and by_step(job)[4]["reward_margin"] > 0.05
    assert by_step(job)[4]["kl"] > 0 and (job.artifact / "model.safetensors").is_file()
    before = tuned("before", {**fields, "precompute_ref_log_probs": True}, "dpo")
    assert losses(before) == pytest.approx(losses(job), abs=1e-4)
    assert "kl" not in by_step(before)[4]  # nobody is left to ask
    rows = [json.loads((j.path / "validation_rows.json").read_text())["best"][0] for j in (job, before)]
    assert rows[0]["row"] == rows[1]["row"]
    assert rows[0]["loss"] == pytest.approx(rows[1]["loss"], abs=1e-3)


def test_the_reference_may_be_asked_before(tiny_pairs, tuned):
    fields = {**tiny_pairs, "max_steps": 4}
    each, first = (
        tuned("each", fields, "dpo"),
        tuned("first", {**fields, "precompute_ref_log_probs": True}, "dpo"),
    )
    assert losses(first) == pytest.approx(losses(each), abs=1e-4)
    assert by_step(first)[4]["kl"] == pytest.approx(by_step(each)[4]["kl"], rel=1e-2)


@pytest.mark.parametrize("kind", ["kto", "orpo"])
def test_its_kin_learn_the_same_preference(tiny_pairs, tuned, kind):
    """KTO from the pairs taken apart."""
    job = tuned(kind, {**tiny_pairs, "max_steps": 8, "batch_size": 8, "eval_every": 8}, kind)
    first, last = by_step(job)[0], by_step(job)[8]
    assert last["loss"] < first["loss"] and last["reward_margin"] > first["reward_margin"]
    assert last["kl"] > first["kl"] == 0
    assert ("reward_accuracy" in last) is (kind == "orpo")
    (plan,) = events(job, "plan")
    assert plan["train_rows"] == (96 if kind == "kto" else 48)
    rows = json.loads((job.path / "validation_rows.json").read_text())
    assert rows["rows"] == (24 if kind == "kto" else 12)
    assert loaded_from(job.artifact).kind == "causal-lm"


def test_a_reward_model_tells_better_from_worse(tiny_pairs, job_of, tuned, scripted):
    fields = {n: v for n, v in tiny_pairs.items() if n not in ("sample_tokens", "check_forgetting")}
    job, parted = tuned("reward", fields, "reward"), job_of("parted", fields, "reward")
    assert by_step(job)[12]["reward_accuracy"] == 1 and by_step(job)[12]["reward_margin"] > 1
    (result,) = events(job, "result")
    best = result["metrics"]["best_step"]
    assert best == min(by_step(job), key=lambda step: by_step(job)[step]["loss"])
    loaded = loaded_from(job.artifact)
    assert loaded.kind == "sequence-classification"
    asked = "The boy has 3 and a ball. What is it?"
    good, bad = (
        next(one for one in predicted(loaded, asked, answer) if one)
        for answer in ("It is a ball.", "What is it? The dog is here.")
    )
    assert isinstance(good, Reward) and good.value > bad.value + 1
    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=5)) is JobState.PAUSED
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(job), abs=1e-5)


def test_stop_keeps_what_was_learnt_and_cancel_nothing(tiny_pairs, job_of, scripted):
    stopped, cancelled = job_of("stopped", tiny_pairs, "dpo"), job_of("cancelled", tiny_pairs, "dpo")
    assert tune(stopped, tiny_pairs, scripted(stopped, Action.STOP, at=6)) is JobState.SUCCEEDED
    assert events(stopped, "result")[0]["metrics"]["steps"] < 12
    assert tune(cancelled, tiny_pairs, scripted(cancelled, Action.CANCEL, at=3)) is JobState.CANCELLED
    assert not cancelled.artifact.exists()


def test_answers_that_are_cut_away_are_left_out_and_told(tiny_pairs, tuned):
    job = tuned("short", {**tiny_pairs, "max_length": 32, "max_steps": 2}, "dpo")
    notices = " ".join(e["text"] if "text" in e else str(e) for e in events(job, "notice"))
    assert "nothing in them is to be learnt" in notices and "lost their end" in notices
    assert events(job, "plan")[0]["train_rows"] < 48


def test_a_step_that_costs_its_reference_is_reckoned_so(tiny_pairs, settings):
    sizes = [
        manner_of(kind_named(kind).parse({**tiny_pairs, **changes}), settings).base.size.flops_per_token(64)
        for kind, changes in (("orpo", {}), ("dpo", {}), ("kto", {}), ("dpo", {"reference_free": True}))
    ]
    assert sizes[1] / sizes[0] == pytest.approx(4 / 3) and sizes[2] / sizes[0] == pytest.approx(2)
    assert sizes[3] == sizes[0] and torch.is_grad_enabled()
