"""What the supervisor needs of whoever runs jobs. Knows no way of running one.

An executor gets a job directory and sees that ``pipelines.worker`` works on it. All else passes through the
directory, so an executor that hands the directory to a cluster needs the same six methods.
"""

from typing import Protocol

from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.process import ProcessIdentity
from pipelines.jobs.store import Job


class Executor(Protocol):
    """Every method returns at once; none raises because a process has already ended."""

    def start(self, job_dir: JobDir, job: Job) -> ProcessIdentity:
        """Begin the work on ``job.device``; raises OSError when it cannot be started."""

    def find(self, job_dir: JobDir) -> ProcessIdentity | None:
        """Who works on this directory now, for when the app died before it wrote down whom it started."""

    def alive(self, identity: ProcessIdentity) -> bool:
        """Whether that very process runs; a zombie does not."""

    def exit_code(self, identity: ProcessIdentity) -> int | None:
        """How it ended: 0, a positive code, or minus the signal; None when it runs or nobody can know."""

    def terminate(self, identity: ProcessIdentity) -> None:
        """Ask all its processes to end (SIGTERM)."""

    def kill(self, identity: ProcessIdentity) -> None:
        """End all its processes (SIGKILL), those included that outlived their leader."""
