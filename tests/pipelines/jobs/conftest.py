"""A store on a real SQLite file, and an executor whose processes are only pretended."""

import os
import time
from dataclasses import replace

import pytest

from pipelines.core.database import Database
from pipelines.core.ids import new_id
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.process import ProcessIdentity
from pipelines.jobs.states import JobState
from pipelines.jobs.store import Job, JobStore
from pipelines.jobs.supervisor import Supervisor


class FakeExecutor:
    """Processes are entries in dicts: the test decides who lives and how one ends."""

    def __init__(self):
        self.living: dict[int, ProcessIdentity] = {}
        self.codes: dict[int, int] = {}
        self.dirs: dict[str, ProcessIdentity] = {}
        self.started: list[str] = []
        self.signals: list[str] = []
        self.fault: Exception | None = None

    def start(self, job_dir, job):
        if self.fault:
            raise self.fault
        identity = ProcessIdentity(1000 + len(self.started), time.time())
        self.started.append(job.id)
        self.living[identity.pid] = self.dirs[str(job_dir.path)] = identity
        return identity

    def find(self, job_dir):
        found = self.dirs.get(str(job_dir.path))
        return found if found and found.pid in self.living else None

    def alive(self, identity):
        return self.living.get(identity.pid) == identity

    def exit_code(self, identity):
        return self.codes.get(identity.pid)

    def terminate(self, identity):
        self.signals.append("TERM")

    def kill(self, identity):
        if self.alive(identity):
            self.signals.append("KILL")
            self.end(identity.pid, -9)

    def end(self, pid, code=None):
        """The process ends; with ``code`` None nobody knows how."""
        del self.living[pid]
        if code is not None:
            self.codes[pid] = code


class Bench:
    """A supervisor with all that it works on, and short ways to look at one job."""

    def __init__(self, settings):
        self.settings, self.executor = settings, FakeExecutor()
        self.store = JobStore(Database(settings.url))
        self.supervisor = self.new_supervisor()

    def new_supervisor(self):
        return Supervisor(self.store, self.settings.runs, self.executor, "cpu")

    def add(self, state=JobState.QUEUED, **changes) -> Job:
        now = time.time()
        job = Job(new_id(now), "pretrain", "a job", "me", state, {"n": 1}, now)
        job = replace(job, **changes)
        self.dir(job).create("pretrain", job.id, job.spec)
        self.store.insert(job)
        return job

    def running(self) -> Job:
        """A job that the supervisor has started."""
        job = self.add()
        self.supervisor.tick()
        return self.store.get(job.id)

    def dir(self, job) -> JobDir:
        return JobDir(self.settings.runs / job.id)

    def state(self, job):
        return self.store.get(job.id).state

    def tick(self, job) -> Job:
        self.supervisor.tick()
        return self.store.get(job.id)

    def age(self, file, seconds):
        """Make a file look as if it had been written that long ago."""
        os.utime(file, (time.time() - seconds,) * 2)


@pytest.fixture
def bench(settings):
    return Bench(settings)
