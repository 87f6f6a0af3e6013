"""The app is killed mid-job: the job goes on, or resumes having lost at most one checkpoint interval."""

import json
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests.support.app_process import AppProcess
from tests.support.small_run import Api, tiny, write_corpus

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(900)]
STEPS, EVERY = 600, 30


@pytest.fixture
def spec(tmp_path: Path) -> dict:
    return tiny(
        write_corpus(tmp_path / "stories.jsonl"), max_steps=STEPS, eval_every=300, checkpoint_every=EVERY
    )


def trained_steps(home: Path, job_id: str) -> list[int]:
    """The steps of the job's train events, in the order in which they were written."""
    lines = (home / "runs" / job_id / "events.jsonl").read_text().splitlines()
    return [e["step"] for e in map(json.loads, lines) if e["type"] == "train"]


def steps_done_twice(steps: list[int]) -> int:
    """How far the work fell back, at most, at any point."""
    return max([before - after for before, after in pairwise(steps)] + [0])


def test_job_goes_on_while_the_app_is_away_and_a_queued_one_starts_later(home, spec):
    with AppProcess(home) as app:
        api = Api(app.url)
        job_id = api.submit(spec)
        queued = api.submit({**spec, "max_steps": 20, "warmup_steps": 2})
        api.wait_for_step(job_id, EVERY)
        assert api.job(queued)["state"] == "queued"
        (worker, *_) = app.job_workers()
        app.kill()
        time.sleep(1)
        assert worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE, "the job died with the app"
        app.start()
        api = Api(app.url)
        again = api.job(job_id)
        assert again["state"] in ("running", "succeeded"), again
        job = api.wait_for_end(job_id)
        assert (job["state"], job["step"]) == ("succeeded", STEPS)
        assert steps_done_twice(trained_steps(home, job_id)) == 0
        assert job["artifact"] in api.models()
        assert api.wait_for_end(queued)["state"] == "succeeded"


def test_job_that_ends_while_the_app_is_away_is_found_succeeded(home, spec):
    with AppProcess(home) as app:
        job_id = Api(app.url).submit({**spec, "max_steps": 200})
        Api(app.url).wait_for_step(job_id, EVERY)
        workers = app.job_workers()
        app.kill()
        psutil.wait_procs(workers, timeout=120)
        app.start()
        job = Api(app.url).wait(job_id, lambda j: j["state"] != "running", 30)
        assert (job["state"], job["step"]) == ("succeeded", 200)


def test_power_cut_loses_at_most_one_checkpoint_interval(home, spec):
    """Everything is killed at once: the app, its inference worker and the job's processes."""
    with AppProcess(home) as app:
        job_id = Api(app.url).submit({**spec, "max_steps": 400})
        Api(app.url).wait_for_step(job_id, 3 * EVERY + EVERY // 2)
        app.stop()
        app.start()
        api = Api(app.url)
        job = api.wait(job_id, lambda j: j["state"] != "running", 60)
        assert job["state"] == "interrupted" and "resume" in job["actions"], job
        api.control(job_id, "resume")
        job = api.wait_for_end(job_id)
        assert (job["state"], job["step"]) == ("succeeded", 400)
        steps = trained_steps(home, job_id)
        assert steps_done_twice(steps) <= EVERY, steps
