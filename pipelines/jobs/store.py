"""Jobs as rows: insert, read, and change state only from a state that the caller names.

Knows the table and nothing of processes or folders. Every change of state is a compare-and-set, so two
threads or processes that want the same change get one winner.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError
from pipelines.core.ids import is_id
from pipelines.jobs.lease import overlap
from pipelines.jobs.states import JobState

JOBS = Table(
    "jobs",
    MetaData(),
    Column("id", String(12), primary_key=True),
    *(Column(name, String) for name in ("kind", "title", "owner", "state", "device")),
    *(Column(name, Text) for name in ("spec", "message")),
    *(Column(name, Double) for name in ("created", "queued", "started", "finished", "pid_created")),
    Column("pid", BigInteger),
)

LIVE = frozenset(state for state in JobState if state.live)


@dataclass(frozen=True)
class Job:
    """One row. Times are epoch seconds; ``started`` and ``finished`` are those of the newest leg, the
    stretch between a start or resume and the end that followed. ``pid`` and ``pid_created`` together
    name the worker's process."""

    id: str
    kind: str
    title: str
    owner: str
    state: JobState
    spec: dict[str, Any]
    created: float
    started: float | None = None
    finished: float | None = None
    device: str = ""
    pid: int | None = None
    pid_created: float | None = None
    message: str = ""


_FIELDS = tuple(field.name for field in fields(Job))


class JobStore:
    """The table of jobs in one database."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, job: Job) -> None:
        row = {**asdict(job), "state": job.state.value, "queued": job.created}
        row["spec"] = json.dumps(job.spec, ensure_ascii=False)
        with self._database.write() as connection:
            connection.execute(insert(JOBS).values(row))

    def get(self, job_id: str) -> Job:
        """Raises :class:`NotFoundError` for what is no id, and for an id that no job has."""
        job = None
        if is_id(job_id):
            with self._database.read() as connection:
                job = _one(connection, job_id)
        if job is None:
            raise NotFoundError("There is no such job; the list of jobs shows the ids that exist.")
        return job

    def live(self) -> list[Job]:
        """The jobs for which a process should exist, oldest first."""
        return self.in_states(LIVE)

    def in_states(self, states: Iterable[JobState]) -> list[Job]:
        """Oldest first."""
        with self._database.read() as connection:
            return _in(connection, states)

    def next_queued(self) -> Job | None:
        """The job that has waited longest; a resumed job waits from its resumption on."""
        first = select(JOBS).where(JOBS.c.state == JobState.QUEUED.value)
        with self._database.read() as connection:
            row = connection.execute(first.order_by(JOBS.c.queued, JOBS.c.id).limit(1)).first()
        return None if row is None else _job(row)

    def claim(self, job_id: str, device: str) -> Job | None:
        """Give the device's lease to a queued job, which is then running; None when the job is no longer
        queued or a live job holds the device. One transaction: of many claims one succeeds."""
        with self._database.write() as connection:
            if any(overlap(job.device, device) for job in _in(connection, LIVE)):
                return None
            fresh = {"device": device, "started": time.time(), "finished": None, "message": ""}
            gone = {"pid": None, "pid_created": None}
            return _change(connection, job_id, {JobState.QUEUED}, JobState.RUNNING, {**fresh, **gone})

    def transition(
        self, job_id: str, source: Iterable[JobState], to: JobState | None, **changes: Any
    ) -> Job | None:
        """Move the job from one of ``source`` to ``to`` (None: stay) and set columns; None when it was in
        none of them, in which case nothing changed."""
        with self._database.write() as connection:
            return _change(connection, job_id, source, to, changes)

    def requeue(self, job_id: str, source: Iterable[JobState]) -> Job | None:
        """To the end of the queue, with the traces of the last leg taken away."""
        traces = {"started": None, "finished": None, "pid": None, "pid_created": None, "message": ""}
        return self.transition(job_id, source, JobState.QUEUED, queued=time.time(), device="", **traces)

    def delete(self, job_id: str) -> bool:
        """Remove the row unless a process should exist for it."""
        gone = delete(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.not_in(_values(LIVE)))
        with self._database.write() as connection:
            return connection.execute(gone).rowcount == 1

    def list(self, limit: int = 100, owner: str | None = None) -> list[Job]:
        """Newest first; with ``owner``, only that visitor's."""
        newest = select(JOBS).order_by(JOBS.c.created.desc(), JOBS.c.id.desc()).limit(limit)
        if owner is not None:
            newest = newest.where(JOBS.c.owner == owner)
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(newest)]


def _change(
    connection: Connection,
    job_id: str,
    source: Iterable[JobState],
    to: JobState | None,
    changes: dict[str, Any],
) -> Job | None:
    values = changes if to is None else {**changes, "state": to.value}
    allowed = JOBS.c.state.in_(_values(source))
    done = connection.execute(update(JOBS).where(JOBS.c.id == job_id, allowed).values(values))
    return _one(connection, job_id) if done.rowcount == 1 else None


def _in(connection: Connection, states: Iterable[JobState]) -> list[Job]:
    rows = select(JOBS).where(JOBS.c.state.in_(_values(states))).order_by(JOBS.c.created, JOBS.c.id)
    return [_job(row) for row in connection.execute(rows)]


def _one(connection: Connection, job_id: str) -> Job | None:
    row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).first()
    return None if row is None else _job(row)


def _values(states: Iterable[JobState]) -> list[str]:
    return [state.value for state in states]


def _job(row: Row) -> Job:
    values = {name: row._mapping[name] for name in _FIELDS}
    return Job(**{**values, "state": JobState(values["state"]), "spec": json.loads(values["spec"])})
