"""Finished runs, kept and brought back to a disk that is empty."""

from dataclasses import asdict, replace

import pytest

from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.service import JobService
from pipelines.jobs.states import JobState
from pipelines.jobs.store import JobStore
from pipelines.keeping.folder import FolderPlace
from pipelines.keeping.hub import HubPlace
from pipelines.keeping.runs import RunFiles
from pipelines.models.catalogue import Catalogue
from tests.support.finished_runs import write_run


@pytest.fixture
def place(tmp_path):
    (tmp_path / "bucket").mkdir()
    return FolderPlace(tmp_path / "bucket")


def at(home) -> tuple[RunFiles, JobStore, Settings]:
    settings = Settings(home=home)
    settings.make_folders()
    database = Database(settings.url)
    return RunFiles(settings, database), JobStore(database), settings


def keep(files, place) -> list[str]:
    """Sends all; the commits' messages."""
    messages = []
    while batch := files.unsent():
        place.commit(batch.changes, batch.message)
        batch.done()
        messages.append(batch.message)
    return messages


@pytest.mark.parametrize("kind", ["folder", "hub"])
def test_a_model_comes_back_with_its_job(home, tmp_path, place, kind, request):
    if kind == "hub":
        request.getfixturevalue("hub")
        place = HubPlace("anna/models", "model", "# Runs\n")
    job_id = write_run(home, name="Fox")
    files, store, _ = at(home)
    (home / "runs" / job_id / "checkpoints").mkdir()
    (home / "runs" / job_id / "checkpoints" / "state.bin").write_bytes(b"0" * 1000)
    assert files.waiting() == 1 and not files.saved(job_id)
    assert keep(files, place) == [f"Run {job_id}"] and files.saved(job_id) and files.waiting() == 0
    assert not any("checkpoints" in name for name in place.names())
    other, back, settings = at(tmp_path / "other")
    assert other.restore(place) == [] and other.restore(place) == []
    assert back.get(job_id) == store.get(job_id) and other.waiting() == 0
    assert Catalogue(settings).get(f"run/{job_id}").parameters == Catalogue(
        Settings(home=home)
    ).get(f"run/{job_id}").parameters  # fmt: skip
    here, there = JobDir(home / "runs" / job_id), JobDir(settings.runs / job_id)
    assert there.read_events() == here.read_events() and there.left() == here.left()
    assert sorted(one.name for one in settings.runs.iterdir()) == [job_id], "no half of one is left"


def test_what_was_deleted_here_is_taken_away_there_and_does_not_come_back(home, tmp_path, place):
    first, second = write_run(home, age=60), write_run(home)
    files, store, settings = at(home)
    keep(files, place)
    JobService(settings).delete(first)
    assert files.restore(place) == [] and len(store.list()) == 1, "it is still there, and not taken in"
    assert files.waiting() == 1 and keep(files, place) == ["1 runs deleted"]
    assert {name.split("/")[1] for name in place.names()} == {second}
    other, back, _ = at(tmp_path / "other")
    other.restore(place)
    assert [job.id for job in back.list()] == [second]


def test_only_what_has_succeeded_is_kept(home, place):
    job_id = write_run(home)
    files, store, _ = at(home)
    for state in set(JobState) - {JobState.SUCCEEDED}:
        store.transition(job_id, set(JobState), state)
        assert files.waiting() == 0 and files.unsent() is None


def test_what_is_damaged_there_is_named_and_the_rest_comes(home, tmp_path, place):
    cut, forged, outside, good = (write_run(home, age=age) for age in (400, 300, 200, 100))
    files, store, _ = at(home)
    keep(files, place)
    root = tmp_path / "bucket" / "runs"
    shard = sorted((root / cut / "artifact").glob("*.safetensors"))[0]
    shard.write_bytes(shard.read_bytes()[:-10])
    (root / forged / "row.json").write_text((root / good / "row.json").read_text())
    (root / outside / "row.json").unlink()
    (root / "not-an-id").mkdir()
    (root / "not-an-id" / "row.json").write_text("{}")
    other, back, _ = at(tmp_path / "other")
    assert other.restore(place) == [f"runs/{cut}", f"runs/{forged}"]
    assert [job.id for job in back.list()] == [good]
    assert other.waiting() == 0, "nothing there is touched"
    assert replace(store.get(good), pid=None) == back.get(good) and asdict(back.get(good))["owner"] == "owner"
