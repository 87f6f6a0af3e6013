"""A run of the lab as a real process, killed in the middle: it goes on and asks nothing twice."""

import json
import os
import subprocess
import sys
import time

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from pipelines.prompting.lab.records import read_cell

FIELDS = {
    "task": "arithmetic",
    "n": 20,
    "models": ["house/story-base"],
    "strategies": ["direct", "cot", {"name": "self_refine", "settings": {"rounds": 1}}],
    "decodings": [{"max_new_tokens": 12}],
}


def begin(job: JobDir, home: str) -> subprocess.Popen:
    env = {**os.environ, "GLASSWORKS_HOME": home, "GLASSWORKS_DEVICE": "cpu"}
    with job.log_file.open("ab") as log:
        command = [sys.executable, "-m", "pipelines.worker", str(job.path)]
        away = {"cwd": REPOSITORY, "env": env, "start_new_session": True}
        return subprocess.Popen(command, stdout=log, stderr=log, **away)


def kept(job: JobDir) -> list[str]:
    """The keys of the replies that are whole on the disk."""
    file = job.path / "replies.jsonl"
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return [json.loads(line)["key"] for line in lines]


@pytest.mark.slow
@pytest.mark.process
def test_a_killed_run_asks_nothing_twice(tmp_path):
    job, home = JobDir(tmp_path / "job"), str(tmp_path / "home")
    job.create("prompt_lab", "0123456789ab", FIELDS)
    process = begin(job, home)
    try:
        while len(kept(job)) < 25:
            assert process.poll() is None, job.tail_log()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    before = kept(job)
    assert not job.artifact.exists() and job.left() is None

    process = begin(job, home)
    assert process.wait(240) == 0, job.tail_log()
    assert job.left() == Exit(JobState.SUCCEEDED)
    after = kept(job)
    assert after[: len(before)] == before and len(set(after)) == len(after), "a reply was asked for twice"
    (told,) = [e for e in job.read_events()[0] if e["type"] == "calls"]
    assert told["found"] >= len(before) and told["asked"] == len(after) - len(before)
    assert [len(read_cell(job.artifact, number)) for number in range(3)] == [20, 20, 20]
