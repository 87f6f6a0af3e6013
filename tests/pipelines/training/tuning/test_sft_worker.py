"""The SFT job as a real process: a kill costs one checkpoint at most, and a failure leaves no model."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from tests.support.tuning_jobs import losses


@pytest.fixture
def started(settings):
    """``started(job)`` runs the worker on the job; what still lives at the end is killed."""
    alive = []

    def start(job: JobDir) -> subprocess.Popen:
        env = {**os.environ, "GLASSWORKS_HOME": str(settings.home)}
        command = [sys.executable, "-m", "pipelines.worker", str(job.path)]
        with job.log_file.open("ab") as log:
            # A worker gives its whole session a low priority: that must not be the tests' own.
            away = {"cwd": REPOSITORY, "env": env, "start_new_session": True}
            alive.append(subprocess.Popen(command, stdout=log, stderr=log, **away))
        return alive[-1]

    yield start
    for process in alive:
        process.kill()
        process.wait()


@pytest.mark.process
def test_killed_and_started_again(tiny_sft, started, job_of, tuned):
    fields = {**tiny_sft, "max_steps": 60, "eval_every": 10, "lora_dropout": 0.2, "sample_tokens": 1}
    whole, killed = tuned("whole", fields), job_of("killed", fields)
    process = started(killed)
    while max(losses(killed), default=0) < 25:
        assert process.poll() is None, killed.tail_log()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert killed.left() is None and not killed.artifact.exists()
    assert started(killed).wait() == 0 and killed.left() == Exit(JobState.SUCCEEDED)
    assert losses(killed) == pytest.approx(losses(whole), abs=1e-5)
    ends = [json.loads((job.artifact / "glassworks.json").read_text())["metrics"] for job in (whole, killed)]
    assert ends[0]["loss"] == pytest.approx(ends[1]["loss"], abs=1e-5)


@pytest.mark.process
def test_a_failure_leaves_no_model(tiny_sft, started, job_of, tmp_path):
    file = tmp_path / "broken.jsonl"
    file.write_text('{"prompt": "a", "completion": "b"}\n{"prompt": "c", \n', encoding="utf-8")
    job = job_of("job", {**tiny_sft, "dataset": f"path:{file}"})
    assert started(job).wait() == 1
    left = job.left()
    assert left.state is JobState.FAILED and "line 2" in left.message.lower()
    assert not job.artifact.exists()
