"""Two processes train the model that one would: the same batches, split between them."""

import json
import os
import subprocess
import sys

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.states import Action, JobState

ONE = (sys.executable,)
TWO = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")


def work(job, launcher, home) -> int:
    command = [*launcher, "-m", "pipelines.worker", str(job.path)]
    env = {**os.environ, "GLASSWORKS_HOME": str(home), "GLASSWORKS_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    with job.log_file.open("ab") as log:
        # A worker gives its whole session a low priority: that must not be the tests' own.
        away = {"cwd": REPOSITORY, "env": env, "start_new_session": True}
        return subprocess.run(command, stdout=log, stderr=log, **away).returncode


def losses(job) -> dict[int, float]:
    return {e["step"]: e["loss"] for e in job.read_events()[0] if e["type"] in ("train", "eval")}


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_train_what_one_does(tiny, new_job, home):
    one, two = new_job("one", tiny), new_job("two", tiny)
    assert work(one, ONE, home) == 0, one.tail_log()
    two.ask(Action.PAUSE)
    assert work(two, TWO, home) == 0 and two.left() == Exit(JobState.PAUSED), two.tail_log()
    assert work(two, TWO, home) == 0 and two.left() == Exit(JobState.SUCCEEDED), two.tail_log()
    assert losses(two) == pytest.approx(losses(one), abs=2e-3)
    events = [json.dumps(e) for e in two.read_events()[0] if e["type"] == "train"]
    assert len(events) == tiny["max_steps"], "only the first process writes"
