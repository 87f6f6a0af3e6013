"""Rows come back as they went in, states change only from a named state, and a claim has one winner."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError
from pipelines.core.ids import new_id
from pipelines.jobs.states import JobState
from pipelines.jobs.store import JOBS, LIVE, JobStore


def test_round_trip(bench):
    job = bench.add(
        spec={"a": [1, "ü", None]}, device="cpu", pid=2**40, pid_created=1.7e9 + 0.123456, message="m"
    )
    assert bench.store.get(job.id) == job


@pytest.mark.parametrize("job_id", ["", "../x", None, 5, "0123456789ab"])
def test_an_unknown_id_is_not_found(bench, job_id):
    with pytest.raises(NotFoundError):
        bench.store.get(job_id)


def test_list_is_newest_first_and_limited(bench):
    jobs = [bench.add(created=float(n)) for n in range(5)]
    assert [j.id for j in bench.store.list(3)] == [j.id for j in reversed(jobs[2:])]


def test_one_owners_list_is_limited_after_the_others_are_left_out(bench):
    mine = [bench.add(created=float(n), owner="me") for n in range(2)]
    for n in range(5):
        bench.add(created=10.0 + n, owner="another")
    assert [j.id for j in bench.store.list(3, owner="me")] == [j.id for j in reversed(mine)]


def test_the_queue_is_first_in_first_out_and_a_resumed_job_goes_to_its_end(bench):
    first, second = bench.add(created=1.0), bench.add(created=2.0)
    assert bench.store.next_queued().id == first.id
    bench.store.transition(first.id, {JobState.QUEUED}, JobState.PAUSED)
    bench.store.requeue(first.id, {JobState.PAUSED})
    assert bench.store.next_queued().id == second.id


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("allowed", JobState)
def test_a_transition_happens_only_from_a_named_state(bench, state, allowed):
    job = bench.add(state)
    changed = bench.store.transition(job.id, {allowed}, JobState.FAILED, message="now")
    if state is allowed:
        assert changed == bench.store.get(job.id) == replace(job, state=JobState.FAILED, message="now")
    else:
        assert changed is None
        assert bench.store.get(job.id) == job


def test_requeue_takes_the_last_legs_traces_away(bench):
    job = bench.add(
        JobState.INTERRUPTED, pid=5, pid_created=1.0, started=1.0, finished=2.0, message="gone", device="cpu"
    )
    assert bench.store.requeue(job.id, {JobState.INTERRUPTED}) == replace(
        bench.store.get(job.id),
        state=JobState.QUEUED,
        pid=None,
        pid_created=None,
        started=None,
        finished=None,
        message="",
        device="",
    )


def test_of_many_claims_of_one_job_one_succeeds(bench):
    job = bench.add()
    stores = [JobStore(Database(bench.settings.url)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda store: store.claim(job.id, "cpu"), stores))
    assert sum(w is not None for w in won) == 1
    assert bench.state(job) is JobState.RUNNING


def test_of_many_claims_of_one_device_one_succeeds(bench):
    jobs = [bench.add() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda job: bench.store.claim(job.id, "cpu"), jobs))
    assert sum(w is not None for w in won) == 1
    assert len(bench.store.live()) == 1


def test_other_devices_are_free(bench):
    one, other, third = bench.add(), bench.add(), bench.add()
    assert bench.store.claim(one.id, "cuda:0")
    assert bench.store.claim(other.id, "cuda:1")
    assert bench.store.claim(third.id, "cuda") is None


def test_a_live_job_is_not_deleted(bench):
    for state in JobState:
        job = bench.add(state)
        assert bench.store.delete(job.id) is (state not in LIVE)


def test_the_statements_compile_for_postgresql():
    job_id = new_id()
    for statement in (
        select(JOBS).where(JOBS.c.state.in_(["queued"])).order_by(JOBS.c.queued).limit(1),
        update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.in_(["queued"])).values(state="running"),
        insert(JOBS).values(id=job_id, pid=1),
    ):
        assert "jobs" in str(statement.compile(dialect=postgresql.dialect()))
