"""Finished jobs as files: ``runs/<job id>/`` with the job's row, what it was asked, how it went, and its
``artifact``. Checkpoints stay on this disk. A job that is deleted here is taken away there.

Knows the jobs' table and folders, and no kind of job but by how its result is checked.
"""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Column, Double, MetaData, Select, String, Table, delete, insert, select

from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import KINDS, result_of
from pipelines.jobs.states import JobState
from pipelines.jobs.store import JOBS, Job, JobStore
from pipelines.keeping.source import Batch, Content, Place

KEPT = Table("kept_runs", MetaData(), Column("job", String(12), primary_key=True), Column("sent", Double))
_ROW = "row.json"
_TOLD = ("spec.json", "events.jsonl", "log.txt", "exit.json")
_UNSENT = select(JOBS.c.id).where(
    JOBS.c.state == JobState.SUCCEEDED.value, JOBS.c.id.not_in(select(KEPT.c.job))
)
_DELETED = select(KEPT.c.job).where(KEPT.c.job.not_in(select(JOBS.c.id)))


class RunFiles:
    """A :class:`~pipelines.keeping.source.Source`. A run is sent once: what succeeded does not change."""

    def __init__(self, settings: Settings, database: Database):
        self._database, self._store, self._runs = database, JobStore(database), settings.runs

    def waiting(self) -> int:
        return len(self._ids(_UNSENT)) + len(self._ids(_DELETED))

    def saved(self, job_id: str) -> bool:
        return bool(self._ids(select(KEPT.c.job).where(KEPT.c.job == job_id)))

    def unsent(self) -> Batch | None:
        """What was deleted first, then the oldest run."""
        if gone := self._ids(_DELETED):
            changes = {f"runs/{one}/": None for one in gone}
            return Batch(changes, f"{len(gone)} runs deleted", lambda: self._forget(gone))
        if not (waiting := self._ids(_UNSENT)):
            return None
        job = self._store.get(min(waiting))
        return Batch(self._files(job), f"Run {job.id}", lambda: self._mark(job.id))

    def restore(self, place: Place) -> list[str]:
        """Those whose job is not here. One whose result is not sound is left there as it is."""
        names = place.names()
        rows = [name.split("/") for name in names if name.startswith("runs/") and name.endswith(f"/{_ROW}")]
        known, damaged = {*self._ids(select(JOBS.c.id)), *self._ids(select(KEPT.c.job))}, []
        for _, job_id, *rest in rows:
            if rest == [_ROW] and is_id(job_id) and job_id not in known:
                damaged += self._restored(place, job_id, names)
        return damaged

    def _restored(self, place: Place, job_id: str, names: list[str]) -> list[str]:
        """Empty, or the name of what is damaged."""
        mine = [name for name in names if name.startswith(f"runs/{job_id}/") and _is_plain(name)]
        with TemporaryDirectory(dir=self._runs, prefix=".restored-") as beside:
            place.fetch(mine, Path(beside))
            folder = Path(beside, "runs", job_id)
            try:
                job = _job(folder, job_id)
                result_of(job.kind).load_check()(JobDir(folder).artifact)
            except (GlassworksError, ValueError, TypeError, KeyError, AttributeError):
                return [f"runs/{job_id}"]
            shutil.rmtree(self._runs / job_id, ignore_errors=True)  # without a row: half of one
            folder.rename(self._runs / job_id)
        self._store.insert(job)
        self._mark(job_id)
        return []

    def _files(self, job: Job) -> dict[str, Content]:
        """The row last: a folder that has it is whole."""
        home, folder = self._runs / job.id, f"runs/{job.id}"
        told = (home / name for name in _TOLD)
        files = [*(one for one in told if one.is_file()), *_artifact(home)]
        changes: dict[str, Content] = {f"{folder}/{one.relative_to(home).as_posix()}": one for one in files}
        return {**changes, f"{folder}/{_ROW}": json.dumps(asdict(job), ensure_ascii=False).encode()}

    def _mark(self, job_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(insert(KEPT).values(job=job_id, sent=time.time()))

    def _forget(self, gone: list[str]) -> None:
        with self._database.write() as connection:
            connection.execute(delete(KEPT).where(KEPT.c.job.in_(gone)))

    def _ids(self, asked: Select) -> list[str]:
        with self._database.read() as connection:
            return [row[0] for row in connection.execute(asked)]


def _artifact(home: Path) -> Iterator[Path]:
    found = sorted((home / "artifact").rglob("*"))
    return (one for one in found if one.is_file() and not one.is_symlink() and one.name[0] != ".")


def _job(folder: Path, job_id: str) -> Job:
    """The row that was kept, without its process. Raises where it is none."""
    row = json.loads((folder / _ROW).read_text(encoding="utf-8"))
    job = Job(**{**row, "state": JobState(row["state"]), "pid": None, "pid_created": None, "device": ""})
    if job.id != job_id or job.state is not JobState.SUCCEEDED or job.kind not in KINDS:
        raise ValueError(f"not the row of {job_id}")
    return job


def _is_plain(name: str) -> bool:
    return all(part not in ("", ".", "..") for part in name.split("/"))
