"""How long a visitor's job holds the device on a Space."""

import math
import time

import pytest

from pipelines.core.ids import OWNER_ID
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.states import Action, JobState
from pipelines.jobs.stretch import Stretch
from pipelines.jobs.supervisor import Supervisor

SPACE = {"SPACE_ID": "ada/glassworks"}


@pytest.fixture
def shared(bench):
    """A supervisor that knows it is on a Space."""
    stretch = Stretch(Settings(**SPACE, visitor_job_minutes=2))
    bench.supervisor = Supervisor(bench.store, bench.settings.runs, bench.executor, "cpu", stretch=stretch)
    return bench


def held(bench, seconds, **changes):
    """A job that has been running for so long."""
    job = bench.add(**changes)
    bench.supervisor.tick()
    bench.store.transition(job.id, {JobState.RUNNING}, None, started=time.time() - seconds)
    return job


def test_a_visitors_job_is_asked_to_pause_and_says_why_when_it_has(shared):
    job = held(shared, 121)
    shared.supervisor.tick()
    shared.supervisor.tick()
    assert shared.state(job) is JobState.PAUSING and shared.dir(job).asked() is Action.PAUSE
    shared.dir(job).leave(Exit(JobState.PAUSED, "Paused at item 7 of 50."))
    shared.executor.end(shared.store.get(job.id).pid, 0)
    ended = shared.tick(job)
    assert ended.state is JobState.PAUSED
    assert ended.message == "Paused after 2 minutes, as every visitor's run here is: resume it to go on."


def test_the_next_in_the_queue_has_its_turn_and_a_resumed_job_a_whole_stretch(shared):
    job, other = held(shared, 121), shared.add()
    for _ in range(2):
        shared.supervisor.tick()
    shared.dir(job).leave(Exit(JobState.PAUSED, ""))
    shared.executor.end(shared.store.get(job.id).pid, 0)
    shared.supervisor.tick()
    shared.store.requeue(job.id, {JobState.PAUSED})
    assert shared.state(other) is JobState.RUNNING and shared.state(job) is JobState.QUEUED
    shared.dir(other).leave(Exit(JobState.CANCELLED, ""))
    shared.executor.end(shared.store.get(other.id).pid, 0)
    for _ in range(3):
        shared.supervisor.tick()
    assert shared.state(job) is JobState.RUNNING and shared.dir(job).asked() is None


def test_before_its_time_and_of_the_owner_a_job_goes_on(shared):
    early = held(shared, 60)
    shared.supervisor.tick()
    assert shared.state(early) is JobState.RUNNING
    shared.executor.end(shared.store.get(early.id).pid, 0)
    shared.supervisor.tick()
    mine = held(shared, 10_000, owner=OWNER_ID)
    shared.supervisor.tick()
    assert shared.state(mine) is JobState.RUNNING


def test_a_visitor_who_stops_a_job_that_is_over_its_time_keeps_the_stop(shared):
    job = held(shared, 121)
    shared.dir(job).ask(Action.STOP)
    shared.supervisor.tick()
    assert shared.state(job) is JobState.RUNNING and shared.dir(job).asked() is Action.STOP


def test_a_pause_that_was_asked_for_keeps_its_own_words(shared):
    job = shared.store.get(held(shared, 5).id)
    said = Exit(JobState.PAUSED, "Paused at item 7 of 50.")
    assert Stretch(Settings(**SPACE, visitor_job_minutes=2)).told(job, said) == said


@pytest.mark.parametrize(
    ("given", "owner", "seconds"),
    [
        (Settings(**SPACE, visitor_job_minutes=2), "visitor-1", 120),
        (Settings(**SPACE, visitor_job_minutes=2), OWNER_ID, math.inf),
        (Settings(**SPACE, visitor_job_minutes=0), "visitor-1", math.inf),
        (Settings(), "visitor-1", math.inf),
        (None, "visitor-1", math.inf),
    ],
)
def test_whose_jobs_are_limited(bench, given, owner, seconds):
    assert Stretch(given).seconds(bench.add(owner=owner)) == seconds
