"""The job as the app does it: queued, done by a worker's process, checked, and listed."""

import time

import pytest

from pipelines.jobs.service import JobService
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.tokenization.artifact import read_report
from pipelines.tokenization.sources.folder import read_folder

SECONDS = 120


@pytest.fixture
def jobs(settings):
    service = JobService(settings)
    service.start()
    yield service
    service.stop()


@pytest.mark.process
def test_the_sample_becomes_a_tokenizer(jobs, settings):
    told = {"name": "Tales", "vocab_size": 1024}
    job = jobs.submit("tokenizer", told, "owner")
    end = time.monotonic() + SECONDS
    while not (status := jobs.status(job.id)).job.state.final and time.monotonic() < end:
        time.sleep(0.05)
    assert status.job.state is JobState.SUCCEEDED, (status.job.message, jobs.log(job.id))
    assert status.artifact == f"run/{job.id}" and status.metrics["vocab_size"] == 1024
    assert status.metrics["bytes_per_token"] > 2.5
    entry = Catalogue(settings).tokenizer(status.artifact)
    assert (entry.title, entry.vocab_size, entry.of_model) == ("Tales", 1024, False)
    assert [p["vocab_size"] for p in read_report(entry.path).curve] == [264, 512, 1024]
    assert read_folder("x", entry.path).size == 1024
