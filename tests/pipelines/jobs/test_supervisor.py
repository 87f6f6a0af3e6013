"""The supervisor with pretended processes: every way a job can start, go on and end."""

import logging
import threading
from dataclasses import replace

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.jobs import supervisor as module
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.states import Action, JobState


@pytest.fixture
def artefact(monkeypatch):
    """Whether the artefact check passes: set ``artefact.fault`` for one that does not."""

    class Check:
        fault = None

        def __call__(self, folder):
            if self.fault:
                raise GlassworksError(self.fault)

    check = Check()
    monkeypatch.setattr(module, "_artifact_check", lambda job: check)
    return check


def end(bench, job, state=None, code=0, message=""):
    if state is not None:
        bench.dir(job).leave(Exit(state, message))
    bench.executor.end(job.pid, code)
    return bench.tick(job)


def test_jobs_start_in_order_one_at_a_time(bench, artefact):
    first, second = bench.add(), bench.add()
    for _ in range(3):
        bench.supervisor.tick()
    assert bench.executor.started == [first.id]
    assert (bench.state(first), bench.state(second)) == (JobState.RUNNING, JobState.QUEUED)
    end(bench, bench.store.get(first.id), JobState.SUCCEEDED)
    assert bench.executor.started == [first.id, second.id]
    assert (bench.state(first), bench.state(second)) == (JobState.SUCCEEDED, JobState.RUNNING)


def test_a_started_job_names_device_process_and_time(bench):
    job = bench.running()
    assert job.device == "cpu"
    assert (job.pid, job.pid_created) == (1000, bench.executor.living[1000].created)
    assert job.started >= job.created
    assert job.finished is None


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.PAUSED, JobState.CANCELLED])
def test_the_workers_last_word_counts(bench, artefact, state):
    ended = end(bench, bench.running(), state, message="so")
    assert (ended.state, ended.message) == (state, "so")
    assert ended.finished >= ended.started


def test_a_failure_says_why(bench):
    ended = end(bench, bench.running(), JobState.FAILED, 1, "the disk is full")
    assert (ended.state, ended.message) == (JobState.FAILED, "the disk is full")


def test_no_success_without_an_artefact_that_loads(bench, artefact):
    artefact.fault = "config.json is missing."
    job = bench.running()
    ended = end(bench, job, JobState.SUCCEEDED)
    assert ended.state is JobState.FAILED
    assert "config.json is missing." in ended.message
    assert bench.dir(job).left().state is JobState.FAILED  # nor does the folder claim one


def test_the_real_artefact_check_refuses_an_empty_folder(bench):
    assert end(bench, bench.running(), JobState.SUCCEEDED).state is JobState.FAILED


def test_no_success_without_exit_code_zero(bench, artefact):
    assert end(bench, bench.running(), JobState.SUCCEEDED, 1).state is JobState.FAILED


def test_a_kill_is_an_interruption_that_names_the_signal(bench):
    ended = end(bench, bench.running(), None, -9)
    assert ended.state is JobState.INTERRUPTED
    assert "SIGKILL" in ended.message


def test_last_legs_words_are_taken_away_before_a_start(bench):
    job = bench.add()
    job_dir = bench.dir(job)
    job_dir.leave(Exit(JobState.PAUSED))
    job_dir.ask(Action.CANCEL)
    job_dir.append({"type": "train"})
    with job_dir.events_file.open("ab") as out:
        out.write(b'{"type": "tra')
    bench.supervisor.tick()
    assert (job_dir.left(), job_dir.asked()) == (None, None)
    job_dir.append({"type": "phase"})
    assert [e["type"] for e in job_dir.read_events()[0]] == ["train", "phase"]
    assert bench.state(job) is JobState.RUNNING


def test_a_job_whose_folder_is_gone_fails_and_the_next_one_starts(bench):
    lost, good = bench.add(), bench.add()
    bench.dir(lost).spec_file.unlink()
    bench.supervisor.tick()
    bench.supervisor.tick()
    assert "folder is gone" in bench.store.get(lost.id).message
    assert (bench.state(lost), bench.state(good)) == (JobState.FAILED, JobState.RUNNING)


def test_a_worker_that_cannot_start_is_a_failure_that_says_why(bench, caplog):
    bench.executor.fault = OSError("no space left")
    job = bench.running()
    assert job.state is JobState.FAILED
    assert "no space left" in job.message


# After a restart of the app


def test_a_living_process_is_taken_up_again(bench):
    job = bench.running()
    bench.supervisor = bench.new_supervisor()
    assert bench.tick(job) == job
    assert bench.executor.started == [job.id]


def test_a_process_that_ended_meanwhile_is_settled_by_its_last_word(bench, artefact):
    job = bench.running()
    bench.supervisor = bench.new_supervisor()
    assert end(bench, job, JobState.SUCCEEDED, None).state is JobState.SUCCEEDED


def test_app_and_worker_both_gone_is_an_interruption(bench):
    job = bench.running()
    bench.supervisor = bench.new_supervisor()
    ended = end(bench, job, None, None)
    assert ended.state is JobState.INTERRUPTED
    assert "Resume" in ended.message


def test_a_pid_that_another_process_has_now_is_not_the_worker(bench):
    job = bench.running()
    bench.executor.living[job.pid] = replace(bench.executor.living[job.pid], created=5e9)
    bench.executor.dirs.clear()
    assert bench.tick(job).state is JobState.INTERRUPTED
    assert job.pid in bench.executor.living  # and is not harmed


def test_a_worker_started_just_before_the_app_died_is_found(bench):
    job = bench.add()
    claimed = bench.store.claim(job.id, "cpu")
    identity = bench.executor.start(bench.dir(job), claimed)  # and no row says so
    assert bench.tick(job).pid == identity.pid
    assert bench.executor.started == [job.id]


def test_a_claim_without_a_process_is_an_interruption_but_not_at_once(bench):
    job = bench.add()
    claimed = bench.store.claim(job.id, "cpu")
    assert bench.tick(job) == claimed  # another supervisor may be about to start it
    bench.store.transition(job.id, {JobState.RUNNING}, None, started=claimed.started - 20)
    assert bench.tick(job).state is JobState.INTERRUPTED


# Enforcement


def test_cancel_grows_from_request_to_term_to_kill(bench):
    job = bench.running()
    job_dir = bench.dir(job)
    (job_dir.checkpoints / "1").mkdir(parents=True)
    job_dir.ask(Action.CANCEL)
    bench.tick(job)
    assert bench.executor.signals == []
    bench.age(job_dir.control_file, 11)
    bench.tick(job)
    bench.tick(job)
    assert bench.executor.signals == ["TERM"]  # once
    bench.age(job_dir.control_file, 16)
    bench.tick(job)
    assert bench.executor.signals == ["TERM", "KILL"]
    assert bench.tick(job).state is JobState.CANCELLED
    assert not job_dir.checkpoints.exists()


def test_the_wait_goes_on_over_a_restart_of_the_app(bench):
    job = bench.running()
    bench.dir(job).ask(Action.CANCEL)
    bench.age(bench.dir(job).control_file, 60)
    bench.supervisor = bench.new_supervisor()
    bench.tick(job)
    assert bench.executor.signals == ["KILL"]


def test_a_pause_that_never_comes_is_enforced_and_can_be_resumed(bench):
    job = bench.running()
    bench.store.transition(job.id, {JobState.RUNNING}, JobState.PAUSING)
    bench.tick(job)
    assert bench.dir(job).asked() is Action.PAUSE  # the app had died before it told the worker
    bench.age(bench.dir(job).control_file, 126)
    bench.tick(job)
    ended = bench.tick(job)
    assert ended.state is JobState.INTERRUPTED
    assert "did not pause in time" in ended.message


def test_stop_is_never_enforced(bench):
    job = bench.running()
    bench.dir(job).ask(Action.STOP)
    bench.age(bench.dir(job).control_file, 1e6)
    assert bench.tick(job).state is JobState.RUNNING
    assert bench.executor.signals == []


def test_a_process_that_hangs_after_its_last_word_is_ended_and_keeps_its_success(bench, artefact):
    job = bench.running()
    bench.dir(job).leave(Exit(JobState.SUCCEEDED))
    assert bench.tick(job).state is JobState.RUNNING
    bench.age(bench.dir(job).exit_file, 31)
    assert bench.tick(job).state is JobState.SUCCEEDED
    assert bench.executor.living == {}


# Faults of its own


def test_a_fault_at_one_job_is_logged_once_and_meets_no_other(bench, artefact, monkeypatch, caplog):
    job = bench.running()
    other = bench.add(JobState.RUNNING, device="elsewhere", pid=77, pid_created=1.0)

    def faulty(identity, alive=bench.executor.alive):
        if identity.pid == job.pid:
            raise RuntimeError("odd")
        return alive(identity)

    monkeypatch.setattr(bench.executor, "alive", faulty)
    with caplog.at_level(logging.ERROR):
        bench.supervisor.tick()
        bench.supervisor.tick()
    assert bench.state(other) is JobState.INTERRUPTED
    assert len([r for r in caplog.records if job.id in r.getMessage()]) == 1


def test_the_thread_survives_faults_and_stops(bench, monkeypatch):
    seen = threading.Event()

    def faulty():
        seen.set()
        raise RuntimeError("odd")

    monkeypatch.setattr(bench.store, "live", faulty)
    bench.supervisor.start()
    assert seen.wait(30)
    seen.clear()
    bench.supervisor.wake()
    assert seen.wait(30)
    bench.supervisor.stop()
    bench.supervisor.stop()
