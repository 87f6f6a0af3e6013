"""Jobs worked on one after another in the same two processes: ``python -m tests.support.sittings DIR@5@PORT
…`` works on the job in DIR and asks it to pause at step 5; at 0 it is not asked. The processes meet at PORT.

To start two processes takes far longer than to train a tiny model. What goes from a sitting to the next lies
on the disk, as if each had processes of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from pipelines import worker
from pipelines.core.settings import REPOSITORY
from pipelines.jobs.executors.local import worker_command
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action
from pipelines.training.checkpoints import last_complete, step_of
from tests.support.app_process import free_port


def sittings(home: Path, *jobs: tuple[JobDir, int], processes: int = 2) -> list[dict]:
    """How each sitting has left its job: ``state``, the step of the last whole ``checkpoint``, and whether
    there is an ``artifact``. ``jobs``: (job, the step at which it is asked to pause, or 0)."""
    env = {**os.environ, "GLASSWORKS_HOME": str(home), "GLASSWORKS_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    command = worker_command("", "cpu", processes)
    place = command.index("pipelines.worker")
    asked = [f"{job.path}@{step}@{free_port()}" for job, step in jobs]
    with jobs[0][0].log_file.open("ab") as errors:
        ended = subprocess.run(
            [*command[:place], "tests.support.sittings", *asked],
            cwd=REPOSITORY,
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert ended.returncode == 0, jobs[0][0].tail_log()
    return [json.loads(line) for line in ended.stdout.decode().splitlines() if line.startswith("{")]


class _Asked(worker.WorkerContext):
    """Of several processes only the first is asked: a request may come when the others do not look."""

    step = 0

    def asked(self) -> Action | None:
        return Action.PAUSE if 0 < self.step <= self._beat.step else super().asked()


def _sit(path: str, step: str, port: str) -> int:
    from accelerate.state import AcceleratorState, GradientState

    before, _Asked.step = dict(os.environ), int(step)
    # The launcher's own meeting place still holds the addresses of the sitting before.
    os.environ.update(TORCHELASTIC_USE_AGENT_STORE="False", MASTER_PORT=port)
    code, job = worker.main([path]), JobDir(Path(path))
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    os.environ.clear()
    os.environ.update(before)
    if os.environ["RANK"] == "0":
        left, whole = job.left(), last_complete(job.checkpoints)
        told = {"state": left and left.state, "checkpoint": whole and step_of(whole)}
        print(json.dumps({**told, "artifact": job.artifact.exists()}), flush=True)
    return code


if __name__ == "__main__":
    worker.WorkerContext = _Asked  # the other processes' context is a class of its own
    sys.exit(any(_sit(*one.rsplit("@", 2)) for one in sys.argv[1:]))
