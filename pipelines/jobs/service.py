"""Jobs for the rest of the app: submit, look, control, delete. Knows no torch, no page and no kind of job.

Everything here is a short read or write; the work is done by the supervisor and the workers.
"""

import shutil
import threading
import time
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.core.ids import is_id, new_id
from pipelines.core.settings import Settings
from pipelines.jobs import leg
from pipelines.jobs.executors import executor as executor_of
from pipelines.jobs.executors.base import Executor
from pipelines.jobs.job_dir import Event, JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.lease import resolve
from pipelines.jobs.patience import Patience
from pipelines.jobs.states import ALLOWED, Action, JobState, allowed_actions
from pipelines.jobs.status import JobStatus, read_status
from pipelines.jobs.store import LIVE, Job, JobStore
from pipelines.jobs.stretch import Stretch
from pipelines.jobs.supervisor import Supervisor
from pipelines.jobs.where import check_runs_here

_MAX_TITLE = 120

__all__ = ["Job", "JobService", "JobStatus"]


class JobService:
    """All methods may be called from any thread. An id that no job has raises NotFoundError."""

    def __init__(
        self, settings: Settings, executor: Executor | None = None, patience: Patience | None = None
    ):
        settings.make_folders()
        self._settings = settings
        self._runs = settings.runs
        self._controlling = threading.Lock()  # the row and the control file change together
        self._database = Database(settings.url)
        self._store = JobStore(self._database)
        runner = executor or executor_of(settings)
        device = resolve(settings.device)
        stretch = Stretch(settings)
        self._supervisor = Supervisor(self._store, self._runs, runner, device, patience, stretch)

    def start(self) -> None:
        """Start the supervisor; jobs that ran when the app ended are taken up again."""
        self._supervisor.start()

    def stop(self) -> None:
        """Stop the supervisor. Workers go on, and the next start finds them."""
        self._supervisor.stop()

    def submit(self, kind: str, spec: dict[str, Any], owner: str, title: str = "") -> Job:
        """Check the spec and put the job at the end of the queue; raises SpecError naming the field, and
        ConflictError for a kind that cannot run here."""
        job_kind = kind_named(kind)
        check_runs_here(job_kind.name, self._settings)
        parsed = job_kind.parse(spec)
        name = str(title or getattr(parsed, "name", "") or job_kind.title).strip()[:_MAX_TITLE]
        now = time.time()
        values = parsed.to_dict()
        job = Job(new_id(now), kind, name or job_kind.title, owner, JobState.QUEUED, values, now)
        job_dir = JobDir(self._runs / job.id)
        job_dir.create(kind, job.id, values)  # first, so that no row is ever without its folder
        try:
            self._store.insert(job)
        except BaseException:
            shutil.rmtree(job_dir.path, ignore_errors=True)
            raise
        self._supervisor.wake()
        return job

    def get(self, job_id: str) -> Job:
        return self._store.get(job_id)

    def status(self, job_id: str) -> JobStatus:
        """The row with progress, speed and what may be done now."""
        return read_status(self.get(job_id), self._dir(job_id))

    def events(self, job_id: str, cursor: int = 0) -> tuple[list[Event], int]:
        """What happened since ``cursor``, and the cursor for the next call. Start with 0."""
        self.get(job_id)
        return self._dir(job_id).read_events(max(0, int(cursor)))

    def log(self, job_id: str) -> str:
        """The end of the worker's output."""
        self.get(job_id)
        return self._dir(job_id).tail_log()

    def disk_use(self, job_id: str) -> int:
        """Bytes of the job's folder."""
        from pipelines.models.artifacts import dir_size  # kept out of the app's start

        self.get(job_id)
        return dir_size(self._dir(job_id).path)

    def control(self, job_id: str, action: str) -> Job:
        """Pause, resume, stop or cancel; raises ConflictError naming what is possible now."""
        try:
            wanted = Action(action)
        except ValueError:
            raise SpecError("action", action, f"one of {', '.join(Action)}") from None
        with self._controlling:
            changed = self._control(self.get(job_id), wanted)
        self._supervisor.wake()
        return changed

    def delete(self, job_id: str) -> None:
        """Remove the job with its folder; raises ConflictError while it runs."""
        job = self.get(job_id)
        # Out of the queue first, and the row last: what a kill leaves in between can be deleted again.
        end = {"message": "Being deleted.", "finished": time.time()}
        if self._store.transition(job_id, set(JobState) - LIVE, JobState.CANCELLED, **end) is None:
            raise ConflictError(f"The job {job.title!r} is running; cancel it before deleting it.")
        shutil.rmtree(self._dir(job_id).path, ignore_errors=True)
        self._store.delete(job_id)

    def under_way(self) -> list[Job]:
        """Those that wait for the device or hold it, oldest first."""
        return self._store.in_states(LIVE | {JobState.QUEUED})

    def list(self, limit: int = 100, owner: str | None = None) -> list[Job]:
        """Newest first; with ``owner``, only that visitor's."""
        return self._store.list(limit, owner)

    def _control(self, job: Job, wanted: Action) -> Job:
        if job.state.live and self._dir(job.id).asked() is Action.CANCEL:
            if wanted is Action.CANCEL:
                return job  # asked before; asking anew would start the waiting time again
            raise ConflictError(f"The job {job.title!r} is being cancelled.")
        changed = self._apply(job, wanted) if job.state in ALLOWED[wanted] else None
        if changed is None:
            raise _refusal(self.get(job.id), wanted)
        return changed

    def _apply(self, job: Job, wanted: Action) -> Job | None:
        """Change the row, if it is still in a state that allows it, then tell the worker."""
        if wanted is Action.RESUME:
            check_runs_here(job.kind, self._settings)
            return self._store.requeue(job.id, ALLOWED[wanted])
        if wanted is Action.CANCEL and not job.state.live:
            return self._cancel_waiting(job)
        to = JobState.PAUSING if wanted is Action.PAUSE else JobState.RUNNING
        changed = self._store.transition(job.id, ALLOWED[wanted] & LIVE, to)
        if changed is not None:
            self._dir(job.id).ask(wanted)
        return changed

    def _cancel_waiting(self, job: Job) -> Job | None:
        end = {"message": "Cancelled.", "finished": time.time()}
        changed = self._store.transition(job.id, ALLOWED[Action.CANCEL] - LIVE, JobState.CANCELLED, **end)
        if changed is not None:
            leg.discard(self._dir(job.id))
        return changed

    def _dir(self, job_id: str) -> JobDir:
        if not is_id(job_id):  # the last gate before a path
            raise NotFoundError("There is no such job.")
        return JobDir(self._runs / job_id)


def _refusal(job: Job, wanted: Action) -> ConflictError:
    possible = ", ".join(allowed_actions(job.state)) or "nothing"
    return ConflictError(
        f"The job {job.title!r} is {job.state.value} and cannot {wanted.value} now; possible: {possible}."
    )
