"""What the rest of the app may ask of jobs: the table of actions, checks at submission, deletion, status."""

import time

import pytest

from pipelines.core.errors import ConflictError, GlassworksError, NotFoundError, SpecError
from pipelines.core.files import read_json
from pipelines.jobs.job_dir import Heartbeat, JobDir
from pipelines.jobs.service import JobService
from pipelines.jobs.states import ALLOWED, Action, JobState
from pipelines.jobs.store import LIVE
from pipelines.training.specs import PretrainSpec

RESULT = {
    Action.PAUSE: JobState.PAUSING,
    Action.RESUME: JobState.QUEUED,
    Action.STOP: JobState.RUNNING,
    Action.CANCEL: JobState.CANCELLED,
}


@pytest.fixture
def service(bench):
    """A service whose supervisor thread is not started: the test decides what happens."""
    return JobService(bench.settings, bench.executor)


def expected(action, state):
    """A live job is cancelled by its worker, so its row still says that it runs."""
    return JobState.RUNNING if action is Action.CANCEL and state in LIVE else RESULT[action]


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("action", Action)
def test_the_table_of_actions(bench, service, state, action):
    job = bench.add(state)
    if state not in ALLOWED[action]:
        with pytest.raises(
            ConflictError, match=f"is {state.value} and cannot {action.value} now; possible: "
        ):
            service.control(job.id, action)
        assert bench.store.get(job.id) == job
        return
    changed = service.control(job.id, action.value)
    assert changed.state is expected(action, state) is bench.state(job)
    assert bench.dir(job).asked() == (action if state in LIVE else None)


def test_a_refusal_names_what_is_possible(bench, service):
    with pytest.raises(ConflictError, match="possible: resume, cancel"):
        service.control(bench.add(JobState.PAUSED).id, "pause")


@pytest.mark.parametrize("action", ["start", "", None, 3])
def test_an_unknown_action_names_the_known_ones(bench, service, action):
    with pytest.raises(SpecError, match="action accepts one of pause, resume, stop, cancel"):
        service.control(bench.add().id, action)


def test_nothing_overrides_a_cancel(bench, service):
    job = bench.add(JobState.RUNNING)
    service.control(job.id, "cancel")
    bench.age(bench.dir(job).control_file, 5)
    written = bench.dir(job).control_file.stat().st_mtime
    service.control(job.id, "cancel")
    assert bench.dir(job).control_file.stat().st_mtime == written  # asking again does not start the wait anew
    with pytest.raises(ConflictError, match="being cancelled"):
        service.control(job.id, "pause")
    assert bench.dir(job).asked() is Action.CANCEL
    assert service.status(job.id).actions == ()
    assert service.status(job.id).phase == "cancelling"


def test_cancelling_a_paused_job_discards_its_checkpoints_and_keeps_its_events(bench, service):
    job = bench.add(JobState.PAUSED)
    (bench.dir(job).checkpoints / "1").mkdir(parents=True)
    bench.dir(job).append({"type": "phase"})
    service.control(job.id, "cancel")
    assert not bench.dir(job).checkpoints.exists()
    assert len(service.events(job.id)[0]) == 1


# Submission


def test_a_submitted_spec_is_complete_in_row_and_folder(service):
    job = service.submit("pretrain", {"size": 1, "max_steps": 25.0}, "me")
    spec = PretrainSpec.from_dict({"size": 1, "max_steps": 25})
    assert PretrainSpec.from_dict(job.spec) == spec
    told = read_json(service._dir(job.id).spec_file)
    assert told == {"kind": "pretrain", "job_id": job.id, "spec": job.spec}
    assert (job.state, job.owner, service.get(job.id)) == (JobState.QUEUED, "me", job)


@pytest.mark.parametrize(
    ("title", "name", "shown"),
    [
        ("Mine", "n", "Mine"),
        ("", "n", "n"),
        ("", "", "Pretraining"),
        (" ", "", "Pretraining"),
    ],
)
def test_a_title_falls_back_to_the_specs_name_and_the_kind(service, title, name, shown):
    assert service.submit("pretrain", {"name": name}, "me", title).title == shown


@pytest.mark.parametrize(
    ("kind", "spec", "error"),
    [
        ("pretrain", {"max_steps": 0}, SpecError),
        ("pretrain", "x", SpecError),
        ("pretrain", {"no": 1}, SpecError),
        ("cook", {}, NotFoundError),
        (None, {}, NotFoundError),
        ([], {}, NotFoundError),
    ],
)
def test_a_wrong_submission_leaves_nothing(bench, service, kind, spec, error):
    with pytest.raises(error):
        service.submit(kind, spec, "me")
    assert service.list() == []
    assert list(bench.settings.runs.iterdir()) == []


def test_a_row_that_cannot_be_written_leaves_no_folder(bench, service, monkeypatch):
    def refuse(job):
        raise RuntimeError("locked")

    monkeypatch.setattr(service._store, "insert", refuse)
    with pytest.raises(RuntimeError):
        service.submit("pretrain", {}, "me")
    assert list(bench.settings.runs.iterdir()) == []


# Paths and deletion

CALLS = ("get", "status", "events", "log", "disk_use", "delete")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("job_id", ["../uploads", "", None, "x" * 12, "000000fm0000"])
def test_an_id_that_no_job_has_touches_no_path(bench, service, call, job_id):
    kept = bench.settings.uploads / "kept"
    kept.write_text("x")
    with pytest.raises(NotFoundError):
        getattr(service, call)(job_id)
    with pytest.raises(NotFoundError):
        service.control(job_id, "cancel")
    assert kept.exists()


@pytest.mark.parametrize("state", JobState)
def test_deleting_takes_row_and_folder_unless_the_job_runs(bench, service, state):
    job, other = bench.add(state), bench.add()
    if state in LIVE:
        with pytest.raises(ConflictError, match="cancel it before"):
            service.delete(job.id)
        assert bench.store.get(job.id) == job
    else:
        service.delete(job.id)
        with pytest.raises(GlassworksError):
            service.get(job.id)
    assert bench.dir(job).path.exists() is (state in LIVE)
    assert bench.dir(other).path.exists()


def test_disk_use_counts_the_bytes_of_all_files(bench, service):
    job = bench.add()
    before = service.disk_use(job.id)
    bench.dir(job).checkpoints.mkdir()
    (bench.dir(job).checkpoints / "x").write_bytes(b"x" * 1000)
    assert service.disk_use(job.id) == before + 1000


# Status


def test_a_waiting_job_has_no_progress(bench, service):
    status = service.status(bench.add().id)
    assert (status.phase, status.step, status.metrics, status.eta_seconds) == ("", 0, {}, None)
    assert status.artifact is None
    assert status.actions == (Action.CANCEL,)


def report(job_dir: JobDir, step, time_):
    job_dir.append({"type": "train", "step": step, "time": time_})


def test_progress_and_eta_come_from_this_leg(bench, service):
    now = time.time()
    job = bench.add(JobState.RUNNING, started=now - 50)
    job_dir = bench.dir(job)
    for step, ago in ((1, 900), (2, 800), (10, 40), (20, 20), (30, 0)):  # the first two: of the leg before
        report(job_dir, step, now - ago)
    assert service.status(job.id).phase == "starting"
    job_dir.beat(Heartbeat(1, 1.0, now, "training", 30, 100, {"loss": 2.5}))
    status = service.status(job.id)
    assert (status.phase, status.step, status.total, status.metrics) == ("training", 30, 100, {"loss": 2.5})
    # Two seconds a step over ten steps twice, seventy steps to go; less what has passed since.
    assert 0 < 140 - status.eta_seconds + 1e-6 < time.time() - now + 1e-3


@pytest.mark.parametrize("events", [[], [(5, 0.0)], [(5, 0.0), (5, 1.0)], [(5, 0.0), (4, 1.0)]])
def test_no_eta_without_two_reports_that_go_forward(bench, service, events):
    job = bench.add(JobState.RUNNING, started=0.0)
    bench.dir(job).beat(Heartbeat(1, 1.0, time.time(), "training", 5, 100))
    for step, at in events:
        report(bench.dir(job), step, at)
    assert service.status(job.id).eta_seconds is None


def test_a_finished_job_names_its_model_and_final_metrics(bench, service):
    job = bench.add(JobState.SUCCEEDED)
    bench.dir(job).beat(Heartbeat(1, 1.0, 1.0, "saving", 9, 9, {"loss": 2.0, "lr": 0.1}))
    bench.dir(job).append({"type": "result", "artifact": "artifact", "metrics": {"loss": 1.5, "note": "x"}})
    status = service.status(job.id)
    assert status.artifact == f"run/{job.id}"
    assert status.metrics == {"loss": 1.5, "lr": 0.1}
    assert (status.phase, status.step, status.actions) == ("", 9, ())


def test_events_are_read_from_a_cursor(bench, service):
    job = bench.add()
    bench.dir(job).append({"type": "a"})
    events, cursor = service.events(job.id)
    assert [e["type"] for e in events] == ["a"]
    bench.dir(job).append({"type": "b"})
    assert [e["type"] for e in service.events(job.id, cursor)[0]] == ["b"]
    assert [e["type"] for e in service.events(job.id, -5)[0]] == ["a", "b"]
    assert service.events(job.id, 10**9) == ([], 10**9)
