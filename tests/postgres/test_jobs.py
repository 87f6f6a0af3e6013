"""Tests of the job table once more: rows, the queue, and of many claims one that wins."""

from pipelines.jobs.states import JobState
from tests.pipelines.jobs.conftest import bench  # noqa: F401
from tests.pipelines.jobs.test_store import (  # noqa: F401
    test_a_live_job_is_not_deleted,
    test_of_many_claims_of_one_device_one_succeeds,
    test_of_many_claims_of_one_job_one_succeeds,
    test_other_devices_are_free,
    test_requeue_takes_the_last_legs_traces_away,
    test_round_trip,
    test_the_queue_is_first_in_first_out_and_a_resumed_job_goes_to_its_end,
)


def test_a_job_moves_only_from_a_named_state(bench):  # noqa: F811
    job = bench.add(JobState.PAUSED)
    assert bench.store.transition(job.id, {JobState.QUEUED, JobState.RUNNING}, JobState.FAILED) is None
    assert bench.store.transition(job.id, {JobState.PAUSED}, JobState.CANCELLED).state is JobState.CANCELLED
