"""A real process and a real model, killed in the middle: what was kept is not asked again."""

import os
import subprocess
import sys
import time

import pytest

from pipelines.core.settings import REPOSITORY, Settings
from pipelines.evaluation.results.store import kept_at
from pipelines.evaluation.service import EvaluationService
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from tests.support.evaluation_runs import write_rows

JOB = "0123456789ab"


def begin(job: JobDir, home: str) -> subprocess.Popen:
    env = {**os.environ, "GLASSWORKS_HOME": home, "GLASSWORKS_DEVICE": "cpu"}
    with job.log_file.open("ab") as log:
        command = [sys.executable, "-m", "pipelines.worker", str(job.path)]
        away = {"cwd": REPOSITORY, "env": env, "start_new_session": True}
        return subprocess.Popen(command, stdout=log, stderr=log, **away)


@pytest.mark.slow
@pytest.mark.process
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    settings = Settings(home=tmp_path / "home")
    settings.make_folders()
    job, count = JobDir(settings.runs / JOB), 400
    job.create("evaluate", JOB, {"file": write_rows(tmp_path / "rows.jsonl", count)})
    lines = job.path / "evaluation" / "000.jsonl"
    process = begin(job, str(settings.home))
    try:
        while not lines.is_file() or sum(1 for _ in kept_at(lines)) < 64:
            assert process.poll() is None, job.tail_log()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    before = sum(1 for _ in kept_at(lines))
    assert 64 <= before < count and not job.artifact.exists() and job.left() is None

    process = begin(job, str(settings.home))
    assert process.wait(240) == 0, job.tail_log()
    assert job.left() == Exit(JobState.SUCCEEDED)
    (told,) = [event for event in job.read_events()[0] if event["type"] == "evaluated"]
    assert told["asked"] == count - before and told["items"] == count
    (result,) = EvaluationService(settings).under_way(JOB).results
    assert result.whole and result.job == JOB and 0.2 < result.figure().value < 0.8
