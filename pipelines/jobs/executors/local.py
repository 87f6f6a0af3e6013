"""Jobs on this machine: a process group of its own each, which outlives the app that started it.

Output goes to the job's log file and never to a pipe: a pipe that nobody drains stops the worker. Knows
nothing of what the worker does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.lease import cuda_indices
from pipelines.jobs.process import ProcessIdentity, find_leader, identify, is_alive, same, signal_group
from pipelines.jobs.store import Job

_MARK = "GLASSWORKS_JOB_DIR"
_SECRETS = ("GLASSWORKS_DATABASE_URL", "GLASSWORKS_OWNER_TOKEN")  # no business of a worker

CommandBuilder = Callable[[str, str, int], list[str]]


def processes_on(device: str, wanted: int) -> int:
    """How many processes a job that wants so many gets; 0 is one, or one for each GPU that the device names.
    Raises :class:`SpecError` for more than it names, or than there are cores.

    >>> processes_on("cuda:0,1", 0), processes_on("cpu", 0), processes_on("cpu", 2)
    (2, 1, 2)
    """
    gpus = len(cuda_indices(device))
    if gpus and wanted > gpus:
        raise SpecError("processes", wanted, f"at most {gpus}, a GPU of {device} for each")
    if not device.startswith("cuda") and wanted > max(2, _cores()):
        raise SpecError("processes", wanted, f"at most {max(2, _cores())}, a core for each")
    return wanted or max(1, gpus)


def worker_command(job_dir: str, device: str, wanted: int = 0) -> list[str]:
    """The command line of a job's worker, in as many processes as :func:`processes_on` says.

    >>> worker_command("runs/x", "cuda:0,1")[1:6]
    ['-m', 'accelerate.commands.launch', '--multi_gpu', '--num_machines', '1']
    """
    work = ["-m", "pipelines.worker", job_dir]
    processes = processes_on(device, wanted)
    if processes == 1:
        return [sys.executable, *work]
    if not device.startswith("cuda"):  # torch's launcher, on a free port; accelerate's asks for MPI here
        several = ["--standalone", "--nproc_per_node", str(processes)]
        return [sys.executable, "-m", "torch.distributed.run", *several, *work]
    launch = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    # Port 0 lets the launcher take a free one; precision and compilation are the spec's to decide.
    settled = ["--main_process_port", "0", "--mixed_precision", "no", "--dynamo_backend", "no"]
    return [sys.executable, *launch, "--num_processes", str(processes), *settled, *work]


def worker_environment(
    settings: Settings, device: str, base: Mapping[str, str], wanted: int = 0
) -> dict[str, str]:
    """The environment of a worker: the app's settings, the repository to import from, and its threads."""
    kept = {name: value for name, value in base.items() if name not in _SECRETS}
    gpus = cuda_indices(device)
    threads = _threads(settings, base, processes_on(device, wanted))
    several = {"CUDA_VISIBLE_DEVICES": ",".join(map(str, gpus))} if len(gpus) > 1 else {}
    paths = [str(REPOSITORY), base.get("PYTHONPATH", "")]
    return kept | {
        "GLASSWORKS_HOME": str(settings.home.resolve()),
        "GLASSWORKS_DEVICE": "cuda" if several else settings.device,
        "GLASSWORKS_THREADS": str(threads if settings.threads else 0),
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait give the core away instead of spinning
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        **several,
    }


class LocalExecutor:
    """Runs workers as children of this process while it lives; after that, knows them by identity."""

    def __init__(self, settings: Settings, command: CommandBuilder = worker_command):
        self._settings, self._command = settings, command
        self._children: dict[int, tuple[ProcessIdentity, subprocess.Popen]] = {}

    def start(self, job_dir: JobDir, job: Job) -> ProcessIdentity:
        path = str(job_dir.path.resolve())
        wanted = int(job.spec.get("processes", 0))  # of the kinds whose work can be shared
        environment = worker_environment(self._settings, job.device, os.environ, wanted) | {_MARK: path}
        with job_dir.log_file.open("ab") as log:
            log.write(f"--- started {time.strftime('%Y-%m-%d %H:%M:%S')} on {job.device}\n".encode())
            log.flush()
            child = subprocess.Popen(
                self._command(path, job.device, wanted),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                env=environment,
                start_new_session=True,
            )
        # A child's pid stays its own until it is reaped, which only poll() below does.
        identity = identify(child.pid) or ProcessIdentity(child.pid, time.time())
        self._children[child.pid] = (identity, child)
        return identity

    def find(self, job_dir: JobDir) -> ProcessIdentity | None:
        path = str(job_dir.path.resolve())
        return find_leader(path, (_MARK, path))

    def alive(self, identity: ProcessIdentity) -> bool:
        child = self._child(identity)
        return child.poll() is None if child else is_alive(identity)

    def exit_code(self, identity: ProcessIdentity) -> int | None:
        child = self._child(identity)
        return child.poll() if child else None

    def terminate(self, identity: ProcessIdentity) -> None:
        signal_group(identity, signal.SIGTERM)

    def kill(self, identity: ProcessIdentity) -> None:
        signal_group(identity, signal.SIGKILL)

    def _child(self, identity: ProcessIdentity) -> subprocess.Popen | None:
        known = self._children.get(identity.pid)
        return known[1] if known and same(known[0], identity) else None


def _threads(settings: Settings, base: Mapping[str, str], processes: int) -> int:
    """The setting, else what the environment says, else all cores that this process may use, shared."""
    given = settings.threads or int(base.get("OMP_NUM_THREADS") or 0)
    return max(1, (given or _cores()) // processes)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
