"""Whole SFT runs of a tiny model: to the end, paused and resumed, stopped, cancelled, and refused."""

import json
import math

import pytest
import torch
from transformers import AutoTokenizer, GenerationConfig

from pipelines.core.errors import GlassworksError
from pipelines.jobs.states import Action, JobState
from pipelines.training.checkpoints import last_complete, step_of
from pipelines.training.tuning import artifact
from tests.support.tiny_models import build, tokenizer
from tests.support.tuning_jobs import events, loaded_from, losses, tune


def weights(job) -> dict[str, torch.Tensor]:
    """Of the result as any tab loads it: an adapter merged into its base."""
    return loaded_from(job.artifact).model.float().state_dict()


def test_to_the_end(tiny_sft, tuned):
    fields = {**tiny_sft, "name": "A\ntest", "check_forgetting": True, "max_steps": 40, "eval_every": 10}
    job = tuned("a", fields)
    (plan,) = events(job, "plan")
    assert plan["total_steps"] == 40 and plan["precision"] == "fp32" and plan["train_rows"] == 48
    assert 0 < plan["trainable"] < plan["parameters"]
    measured = {e["step"]: e for e in events(job, "eval")}
    assert list(measured) == [0, 10, 20, 30, 40] and measured[40]["loss"] < measured[0]["loss"] - 0.4
    assert measured[40]["perplexity"] == pytest.approx(math.exp(measured[40]["loss"]))
    assert list(losses(job)) == list(range(1, 41))
    assert events(job, "train")[-1]["tokens"] == plan["tokens"]
    assert {e["step"] for e in events(job, "sample")} == {0, 10, 20, 30, 40}
    assert {e["step"] for e in events(job, "checkpoint")} == {10, 20, 30, 40}
    check_result(job, measured)


def check_result(job, measured) -> None:
    (result,) = events(job, "result")
    before, after = events(job, "forgetting")
    assert (before["when"], after["when"]) == ("before", "after") and 0 <= after["accuracy"] <= 1
    metrics = result["metrics"]
    best = metrics["best_step"]
    assert metrics["loss"] == min(e["loss"] for step, e in measured.items() if step) == measured[best]["loss"]
    assert metrics["general_perplexity_before"] == before["perplexity"]
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["parent"].startswith("path:") and len(lineage["corpus"]["sha256"]) == 64
    assert lineage["metrics"]["loss"] == metrics["loss"] and lineage["versions"]["trl"]
    card = (job.artifact / "README.md").read_text()
    assert "# A test\n" in card and "perplexity |" in card and "```python" in card
    saved = {f.name for f in job.artifact.iterdir()}
    assert "adapter_model.safetensors" in saved and "model.safetensors" not in saved
    again = AutoTokenizer.from_pretrained(job.artifact)
    assert again.chat_template and len(GenerationConfig.from_pretrained(job.artifact).eos_token_id) == 2
    checkpoint = last_complete(job.checkpoints)
    assert not (checkpoint / "model.safetensors").exists(), "a checkpoint of an adapter holds the base"
    check_rows(json.loads((job.path / "validation_rows.json").read_text()), metrics["loss"])


def check_rows(told, loss) -> None:
    rows = [*told["best"], *reversed(told["worst"])]
    assert told["rows"] == len(rows) == 12 and len({row["row"] for row in rows}) == 12
    assert [row["loss"] for row in rows] == sorted(row["loss"] for row in rows)
    mean = sum(row["loss"] * row["tokens"] for row in rows) / sum(row["tokens"] for row in rows)
    assert mean == pytest.approx(loss, abs=1e-3)
    assert all(row["text"].startswith("It is a ") and "What is it?" in row["prompt"] for row in rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"lora_dropout": 0.3},
        {"optimizer": "muon", "trainable_tokens": ["<|endoftext|>", "a"]},
        {"method": "full", "gradient_accumulation_steps": 2, "learning_rate": 0.003},
    ],
    ids=["lora with dropout", "muon and learnt tokens", "full"],
)
def test_pausing_changes_nothing(tiny_sft, tuned, job_of, scripted, changes):
    fields = {**tiny_sft, **changes}
    whole, parted = tuned("whole", fields), job_of("parted", fields)
    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=6)) is JobState.PAUSED
    assert step_of(last_complete(parted.checkpoints)) == 6 and not parted.artifact.exists()
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-5)
    again = weights(parted)
    for name, tensor in weights(whole).items():
        torch.testing.assert_close(again[name], tensor, atol=1e-3, rtol=1e-2)


@pytest.mark.parametrize("method", ["ia3", "layernorm"])
def test_other_methods(tiny_sft, tuned, method):
    fields = {**tiny_sft, "method": method, "max_steps": 4}
    job = tuned("a", fields)
    assert weights(job) and events(job, "plan")[0]["trainable"] > 0


def test_more_text(tiny_sft, tuned, tmp_path):
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(json.dumps({"text": f"Tom has {n} apples and a boat."}) for n in range(30)))
    fields = {**tiny_sft, "task": "continue", "dataset": f"path:{file}", "sample_prompts": ["Tom has"]}
    job = tuned("a", fields)
    assert {e["prompt"] for e in events(job, "sample")} == {"Tom has"}


def test_stop_keeps_the_best_so_far(tiny_sft, job_of, scripted):
    job = job_of("a", tiny_sft)
    assert tune(job, tiny_sft, scripted(job, Action.STOP, at=6)) is JobState.SUCCEEDED
    assert [e["step"] for e in events(job, "eval")] == [0, 4, 6]
    assert json.loads((job.artifact / "glassworks.json").read_text())["metrics"]["steps"] == 6


def test_cancel_discards(tiny_sft, job_of, scripted):
    job = job_of("a", tiny_sft)
    assert tune(job, tiny_sft, scripted(job, Action.CANCEL, at=5)) is JobState.CANCELLED
    assert not job.artifact.exists() and last_complete(job.checkpoints).name == "checkpoint-4"


def test_asked_before_the_first_step(tiny_sft, job_of, scripted):
    job = job_of("a", tiny_sft)
    assert tune(job, tiny_sft, scripted(job, Action.PAUSE)) is JobState.PAUSED and not losses(job)


def test_patience_ends_a_run_and_the_best_is_kept(tiny_sft, tuned, scripted):
    """Of a rate so high that nothing gets better after the first measure; also when it is resumed there."""
    fields = {**tiny_sft, "method": "full", "learning_rate": 1.0, "patience": 2, "max_steps": 40}
    fields["eval_every"] = 2
    job = tuned("a", fields)
    found = {e["step"]: e["loss"] for e in events(job, "eval") if e["step"]}
    best = min(found, key=found.get)
    assert list(found)[-1] == best + 4 < 40
    assert events(job, "result")[0]["metrics"]["best_step"] == best
    kept = weights(job)
    assert tune(job, fields, scripted(job)) is JobState.SUCCEEDED
    assert max(losses(job)) == best + 4, "a run that had ended took another step"
    assert all(torch.equal(kept[name], tensor) for name, tensor in weights(job).items())


def test_an_encoder_is_refused_by_name(tiny_sft, job_of, scripted, tmp_path):
    folder = tmp_path / "bert"
    build("bert").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    fields = {**tiny_sft, "base": f"path:{folder}"}
    job = job_of("a", fields)
    with pytest.raises(GlassworksError, match=r"bert cannot learn the task 'instruct'.*masked-lm"):
        tune(job, fields, scripted(job))
    assert not job.artifact.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"max_length": 256}, "max_length accepts at most the context of .*, 128; got 256"),
        ({"chat_template": "model", "task": "continue"}, "text"),
        ({"target_modules": ["nowhere"]}, "target_modules accepts"),
        ({"dataset": "path:gone.jsonl"}, "There is no file 'gone.jsonl'"),
    ],
)
def test_what_cannot_be_is_said(tiny_sft, job_of, scripted, changes, words):
    fields = {**tiny_sft, **changes}
    job = job_of("a", fields)
    with pytest.raises(GlassworksError, match=words):
        tune(job, fields, scripted(job))
    assert not job.artifact.exists()


def test_rows_without_an_answer_are_left_out_and_said(tiny_sft, tuned, tmp_path):
    file = tmp_path / "long.jsonl"
    rows = [{"prompt": "Who? " * (90 if n == 3 else 2) + str(n), "completion": "Tom."} for n in range(12)]
    file.write_text("\n".join(map(json.dumps, rows)))
    fields = {**tiny_sft, "dataset": f"path:{file}", "max_steps": 2, "eval_every": 2}
    job = tuned("a", fields)
    said = " ".join(e["message"] for e in events(job, "notice"))
    assert "rows 4" in said and "lost their end" in said


def test_a_bad_copy_is_no_success(tiny_sft, job_of, scripted, monkeypatch):
    """What comes back from the disk must compute what was tuned."""
    real = artifact._tensors
    spoilt = lambda *given: {name: tensor * 0 + 1 for name, tensor in real(*given).items()}  # noqa: E731
    monkeypatch.setattr(artifact, "_tensors", spoilt)
    fields = {**tiny_sft, "max_steps": 4}
    job = job_of("a", fields)
    with pytest.raises(GlassworksError, match="does not compute"):
        tune(job, fields, scripted(job))
    assert not job.artifact.exists() and not events(job, "result")
