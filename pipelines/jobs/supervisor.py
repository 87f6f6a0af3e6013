"""The supervisor: starts the next job when the device is free, and sees how running ones fare.

A thread in the app that keeps no job in memory: each tick reads rows, processes and job directories anew,
so a supervisor that starts after a crash of the app simply goes on. Knows no kind of job: how a result is
checked is for the kind to say.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from pipelines.core import disk
from pipelines.jobs import leg
from pipelines.jobs.executors.base import Executor
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import result_of
from pipelines.jobs.lease import overlap
from pipelines.jobs.patience import Patience, Push, push
from pipelines.jobs.process import ProcessIdentity
from pipelines.jobs.states import Action, JobState
from pipelines.jobs.store import LIVE, Job, JobStore
from pipelines.jobs.stretch import Stretch
from pipelines.jobs.verdict import Evidence, verdict

_TICK_SECONDS = 0.5
_START_SECONDS = 10  # from a claim to a process in the row; longer means that the app died in between
_log = logging.getLogger(__name__)


class Supervisor:
    """One an app; :class:`~pipelines.core.lock.HomeLock` keeps a second app away from the same folder."""

    def __init__(
        self,
        store: JobStore,
        runs: Path,
        executor: Executor,
        device: str,
        patience: Patience | None = None,
        stretch: Stretch | None = None,
    ):
        self._store, self._runs, self._executor, self._device = store, runs, executor, device
        self._patience, self._stretch = patience or Patience(), stretch or Stretch()
        self._terminated: dict[str, float] = {}  # job id → time of the request that SIGTERM followed
        self._faults: dict[str, str] = {}  # what was being done → the last fault logged, to log it once
        self._awake, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._ending.clear()
            self._thread = threading.Thread(target=self._run, name="job supervisor", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; workers go on."""
        if self._thread is not None:
            self._ending.set()
            self._awake.set()
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """Look now instead of at the next tick."""
        self._awake.set()

    def tick(self) -> None:
        """One look at everything. Faults are logged, and meet one job and not the others."""
        with self._guarded("reading the jobs"):
            for job in self._store.live():
                with self._guarded(f"job {job.id}"):
                    self._attend(job)
        with self._guarded("starting the next job"):
            self._start_next()

    def _run(self) -> None:
        while not self._ending.is_set():
            self.tick()
            self._awake.wait(_TICK_SECONDS)
            self._awake.clear()

    @contextlib.contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        try:
            yield
            self._faults.pop(what, None)
        except Exception as fault:
            if self._faults.get(what) != repr(fault):
                _log.exception("The supervisor met a fault at %s and goes on.", what)
                self._faults[what] = repr(fault)

    # Starting

    def _start_next(self) -> None:
        job = self._store.next_queued()
        if job is None or any(overlap(other.device, self._device) for other in self._store.live()):
            return
        job_dir = self._dir(job)
        if not job_dir.spec_file.exists():
            self._end(job, {JobState.QUEUED}, Exit(JobState.FAILED, "The job's folder is gone."))
            return
        # Before the claim: as soon as the job is running, a visitor's request may stand in the folder.
        leg.prepare(job_dir)
        claimed = self._store.claim(job.id, self._device)
        if claimed is not None:
            self._launch(claimed, job_dir)

    def _launch(self, job: Job, job_dir: JobDir) -> None:
        try:
            identity = self._executor.start(job_dir, job)
        except Exception as fault:
            _log.exception("Job %s could not be started.", job.id)
            full = disk.full_message("the job's log", disk.free_bytes(job_dir.path), "then resume.")
            why = full if disk.is_full(fault) else f"The worker could not be started: {fault}"
            self._end(job, LIVE, Exit(JobState.FAILED, why))
            return
        self._record(job, identity)

    # Watching

    def _attend(self, job: Job) -> None:
        job_dir = self._dir(job)
        identity = self._process_of(job, job_dir)
        if identity is None:
            if not _just_claimed(job):
                self._settle(job, job_dir)
        elif _age(job_dir.exit_file) > self._patience.linger:
            self._executor.kill(identity)  # it said its last word and hangs on its way out
            self._settle(job, job_dir, killed_here=True)
        else:
            self._press(job, job_dir, identity)

    def _process_of(self, job: Job, job_dir: JobDir) -> ProcessIdentity | None:
        """The job's living process. One that the row does not name is looked for: the app may have died
        before it wrote the row, or a correction of the clock may have moved all creation times."""
        known = _identity(job)
        if known is not None and self._executor.alive(known):
            return known
        found = self._executor.find(job_dir)
        if found is not None:
            self._record(job, found)
        return found

    def _press(self, job: Job, job_dir: JobDir, identity: ProcessIdentity) -> None:
        """Enforce what was asked too long ago; the request's age is its file's, so it survives the app."""
        asked = job_dir.asked()
        if asked is None and job.state is JobState.PAUSING:  # its time was over, or the app died in between
            job_dir.ask(Action.PAUSE)
        elif asked is None and self._stretch.is_over(job):  # the next look asks for it
            self._store.transition(job.id, {JobState.RUNNING}, JobState.PAUSING)
        due = push(asked, _age(job_dir.control_file), self._patience)
        if due is Push.KILL:
            self._executor.kill(identity)
        elif due is Push.TERMINATE:
            requested = job_dir.control_file.stat().st_mtime
            if self._terminated.get(job.id) != requested:
                self._terminated[job.id] = requested
                self._executor.terminate(identity)

    def _settle(self, job: Job, job_dir: JobDir, killed_here: bool = False) -> None:
        """The process is gone: say how the job ended. Its group's remains would still hold the device."""
        known = _identity(job)
        if known is not None:
            self._executor.kill(known)
        code = self._executor.exit_code(known) if known is not None and not killed_here else None
        restarted = known is not None and code is None and known.created < psutil.boot_time()
        evidence = Evidence(job_dir.left(), code, job_dir.asked(), restarted)
        end = verdict(evidence, lambda: _artifact_check(job)(job_dir.artifact))
        if evidence.left is not None and evidence.left.state is not end.state:
            job_dir.leave(end)  # the folder must not promise a result that the row denies
        if end.state is JobState.CANCELLED:
            leg.discard(job_dir)
        self._end(job, LIVE, self._stretch.told(job, end))

    def _record(self, job: Job, identity: ProcessIdentity) -> None:
        self._store.transition(job.id, LIVE, None, pid=identity.pid, pid_created=identity.created)

    def _end(self, job: Job, source: frozenset[JobState] | set[JobState], end: Exit) -> None:
        self._store.transition(job.id, source, end.state, message=end.message, finished=time.time())
        self._terminated.pop(job.id, None)

    def _dir(self, job: Job) -> JobDir:
        return JobDir(self._runs / job.id)


def _identity(job: Job) -> ProcessIdentity | None:
    return None if job.pid is None else ProcessIdentity(job.pid, job.pid_created or 0.0)


def _just_claimed(job: Job) -> bool:
    """Claimed a moment ago by a supervisor that is about to write down the process."""
    return job.pid is None and 0 <= time.time() - (job.started or 0.0) < _START_SECONDS


def _age(file: Path) -> float:
    """Seconds since the file was written; below all limits when there is none."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return float("-inf")


def _artifact_check(job: Job) -> Callable[[Path], None]:
    """Imported only now, to keep it out of the app's start."""
    return result_of(job.kind).load_check()
