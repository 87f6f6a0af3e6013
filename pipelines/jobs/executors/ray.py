"""Jobs on a Ray cluster: the same job directory and the same worker, on whichever node has room.

Each job has a keeper there, a detached actor by the job's name that starts the worker as this machine would
and answers for it; it outlives the app. All nodes see ``GLASSWORKS_HOME`` and the repository under the same
paths, and have the same packages. Ray itself is imported only when it is used.
"""

import contextlib
import signal
from typing import Any

from pipelines.core.settings import REPOSITORY, Settings
from pipelines.jobs.executors.local import LocalExecutor
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.lease import cuda_indices
from pipelines.jobs.process import ProcessIdentity, signal_group
from pipelines.jobs.store import Job

_NAMESPACE = "glassworks"
_START_SECONDS = 60.0  # for a keeper to be placed on a node and to start its worker
_ANSWER_SECONDS = 10.0


class Keeper:
    """On a node, beside the worker that it has started."""

    def __init__(self, settings: dict[str, Any]):
        self._local = LocalExecutor(Settings(**settings))
        self._identity: ProcessIdentity | None = None

    def start(self, path: str, job: Job) -> ProcessIdentity:
        self._identity = self._local.start(JobDir(path), job)
        return self._identity

    def identity(self) -> ProcessIdentity | None:
        return self._identity

    def alive(self) -> bool:
        return self._identity is not None and self._local.alive(self._identity)

    def exit_code(self) -> int | None:
        return self._identity and self._local.exit_code(self._identity)

    def signal(self, number: int) -> None:
        if self._identity:
            signal_group(self._identity, signal.Signals(number))


class RayExecutor:
    """An :class:`~pipelines.jobs.executors.base.Executor`. The cluster is the one that ``RAY_ADDRESS``
    names, else the one that runs on this machine. A job gets ``GLASSWORKS_THREADS`` cores of a node (one
    where it is not set), at least one for each of its processes, and a GPU where the device is one.

    A cluster that does not answer raises: whether a job still runs is then not known, and the supervisor
    looks again at its next tick.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._jobs: dict[ProcessIdentity, str] = {}  # whose process that is
        self._codes: dict[ProcessIdentity, int | None] = {}  # of those that were put away

    def start(self, job_dir: JobDir, job: Job) -> ProcessIdentity:
        ray = self._ray()
        gpus = cuda_indices(job.device)
        processes = int(job.spec.get("processes", 0))
        if len(gpus) > 1 or (processes > 1 and job.device.startswith("cuda")):
            raise OSError(f"a job on Ray takes one GPU, not {max(processes, len(gpus))}")
        self._put_away(job.id)  # of an earlier leg of the same job
        keeper = (
            ray.remote(Keeper)
            .options(
                name=_name(job.id),
                lifetime="detached",
                num_cpus=max(1, self._settings.threads, processes),
                num_gpus=len(gpus),
                runtime_env={"env_vars": {"PYTHONPATH": str(REPOSITORY)}},
            )
            .remote(self._told())
        )
        try:
            identity = ray.get(keeper.start.remote(str(job_dir.path.resolve()), job), timeout=_START_SECONDS)
        except Exception as fault:
            ray.kill(keeper)
            raise OSError(f"no node of the Ray cluster has started it: {_first_line(fault)}") from fault
        self._jobs[identity] = job.id
        return identity

    def find(self, job_dir: JobDir) -> ProcessIdentity | None:
        job_id = job_dir.path.name
        identity = self._asked(job_id, "identity")
        if identity is None or not self._asked(job_id, "alive"):
            return None
        self._jobs[identity] = job_id
        return identity

    def alive(self, identity: ProcessIdentity) -> bool:
        """False also for one that this app has not started: :meth:`find` then asks its keeper."""
        return identity in self._jobs and bool(self._asked(self._jobs[identity], "alive"))

    def exit_code(self, identity: ProcessIdentity) -> int | None:
        if identity in self._codes:
            return self._codes[identity]
        return self._asked(self._jobs[identity], "exit_code") if identity in self._jobs else None

    def terminate(self, identity: ProcessIdentity) -> None:
        self._signal(identity, signal.SIGTERM)

    def kill(self, identity: ProcessIdentity) -> None:
        """The keeper goes with its worker; how that ended is remembered."""
        self._signal(identity, signal.SIGKILL)
        if identity in self._jobs:
            self._codes[identity] = self._asked(self._jobs[identity], "exit_code")
            self._put_away(self._jobs[identity])

    def _signal(self, identity: ProcessIdentity, number: signal.Signals) -> None:
        if identity in self._jobs:
            self._asked(self._jobs[identity], "signal", int(number))

    def _asked(self, job_id: str, question: str, *values: Any) -> Any:
        """The keeper's answer; None where there is none (any more)."""
        ray = self._ray()
        try:
            keeper = ray.get_actor(_name(job_id), namespace=_NAMESPACE)
            return ray.get(getattr(keeper, question).remote(*values), timeout=_ANSWER_SECONDS)
        except (ValueError, ray.exceptions.RayActorError):
            return None

    def _put_away(self, job_id: str) -> None:
        ray = self._ray()
        with contextlib.suppress(ValueError):
            ray.kill(ray.get_actor(_name(job_id), namespace=_NAMESPACE))

    def _ray(self) -> Any:
        """Ray, with the connection to its cluster."""
        import ray

        if not ray.is_initialized():
            ray.init(address="auto", namespace=_NAMESPACE, log_to_driver=False, configure_logging=False)
        return ray

    def _told(self) -> dict[str, Any]:
        """What a worker needs of the settings; no secret is among it."""
        home = str(self._settings.home.resolve())
        return {"home": home, "device": self._settings.device, "threads": self._settings.threads}


def _name(job_id: str) -> str:
    return f"job-{job_id}"


def _first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
