"""Whole SFT runs of the rarer ways to train, and those that the disk ends: nothing half made is left."""

import errno
import json
import os
import shutil
import signal

import pytest
from transformers import Trainer

from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from pipelines.training.checkpoints import last_complete, step_of
from pipelines.training.tuning import artifact, pace
from pipelines.worker import main
from tests.support.tiny_models import build, tokenizer
from tests.support.tuning_jobs import events, loaded_from, losses


def loads(job: JobDir) -> bool:
    """Whether every tab can take the result."""
    return all(bool(p.isfinite().all()) for p in loaded_from(job.artifact).model.parameters())


@pytest.mark.parametrize(
    "changes",
    [{"method": "qlora", "gradient_checkpointing": True}, {"use_dora": True}, {"method": "bitfit"}],
    ids=["qlora, activations computed again", "dora", "bitfit"],
)
def test_it_learns_and_its_result_loads(tiny_sft, tuned, tmp_path, changes):
    fields = {**tiny_sft, **changes, "max_steps": 8}
    if fields["method"] == "bitfit":  # a family with biases
        build("gpt2").save_pretrained(tmp_path / "biased")
        tokenizer().save_pretrained(tmp_path / "biased")
        fields["base"] = f"path:{tmp_path / 'biased'}"
    job = tuned("a", fields)
    measured = {e["step"]: e["loss"] for e in events(job, "eval")}
    assert list(measured) == [0, 4, 8] and measured[8] < measured[0]
    assert 0 < events(job, "plan")[0]["trainable"] < events(job, "plan")[0]["parameters"]
    assert loads(job)


@pytest.fixture
def even(tiny_sft, tmp_path) -> dict:
    """Three steps on rows of one length, so that a compiled model is compiled once."""
    rows = [{"prompt": f"Who is {n}?", "completion": "It is Tom."} for n in range(10, 30)]
    (tmp_path / "even.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return {**tiny_sft, "dataset": f"path:{tmp_path / 'even.jsonl'}", "max_steps": 3, "eval_every": 3}


def test_activations_computed_again_change_no_number(even, tuned):
    again = tuned("again", {**even, "gradient_checkpointing": True})
    assert losses(again) == pytest.approx(losses(tuned("plain", even)), abs=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
def test_compiled_layers_change_no_number(even, tuned, monkeypatch):
    monkeypatch.setattr(pace, "why_not_compiled", lambda device, seconds: "")
    plain, compiled = losses(tuned("plain", even)), tuned("compiled", {**even, "compile": True})
    assert events(compiled, "plan")[0]["compiled"] and loads(compiled)
    assert losses(compiled) == pytest.approx(plain, abs=1e-3)


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def work(job: JobDir) -> int:
    """The worker's exit code, in this process."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        return main([str(job.path)])
    finally:
        signal.signal(signal.SIGTERM, before)


def ended(job: JobDir) -> Exit:
    """How the worker leaves the job, which cannot succeed."""
    assert work(job) == 1
    left = job.left()
    assert left.state is JobState.FAILED and not job.artifact.exists() and not events(job, "result")
    for words in ("The disk is full", "could not be written", "Free some space", "then resume"):
        assert words in left.message
    assert "Traceback" not in left.message and "Errno" not in left.message
    assert not list(job.path.glob(".artifact*")), "half a model stays on the full disk"
    return left


def test_a_full_disk_leaves_whole_checkpoints_and_no_model(tiny_sft, job_of, monkeypatch):
    """First at the second checkpoint, then, gone on with, at the saving of the result; then there is room."""
    job = job_of("job", tiny_sft)
    real, times = Trainer._save_optimizer_and_scheduler, []

    def second_is_full(self, *given):
        times.append(1)
        return full() if len(times) == 2 else real(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_save_optimizer_and_scheduler", second_is_full)
        message = ended(job).message
    assert "the checkpoint of step 8" in message and "goes on from the checkpoint of step 4" in message
    assert [folder.name for folder in job.checkpoints.iterdir()] == ["checkpoint-4"]

    with monkeypatch.context() as patched:
        patched.setattr(artifact, "save_file", full)
        assert "saving the model" in ended(job).message
    assert step_of(last_complete(job.checkpoints)) == 12
    assert work(job) == 0 and loads(job)
