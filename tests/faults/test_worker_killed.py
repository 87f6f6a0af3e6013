"""A worker is killed: a job is *interrupted* and resumes to the same end; a stream ends with a clear word."""

import time

import psutil
import pytest

from tests.support.app_process import AppProcess
from tests.support.slow_writer import add_slow_writer
from tests.support.small_run import Api, tiny, write_corpus

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(1500)]
STEPS, EVERY = 400, 40


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> str:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "stories.jsonl")


@pytest.fixture(scope="module")
def api(running_app: AppProcess) -> Api:
    return Api(running_app.url)


def kill_all(processes: list[psutil.Process]) -> None:
    assert processes, "there is no such process to kill"
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)


def test_killed_job_is_interrupted_and_resumes_to_the_same_end(running_app, api, corpus):
    """Same seed, same data order, same optimiser state: the validation loss agrees to rounding with that of a
    run that was never killed."""
    spec = tiny(corpus, max_steps=STEPS, eval_every=STEPS, checkpoint_every=EVERY, seed=3)
    whole = api.wait_for_end(api.submit(spec))
    job_id = api.submit(spec)
    api.wait_for_step(job_id, EVERY + 5)
    kill_all(running_app.job_workers())
    job = api.wait_for_end(job_id, 120)
    assert job["state"] == "interrupted" and "resume" in job["actions"], job
    assert job["artifact"] is None
    api.control(job_id, "resume")
    resumed = api.wait_for_end(job_id)
    assert (resumed["state"], resumed["step"]) == (whole["state"], whole["step"]) == ("succeeded", STEPS)
    assert final_loss(api, job_id) == pytest.approx(final_loss(api, whole["id"]), rel=1e-3)


def final_loss(api: Api, job_id: str) -> float:
    events = api.client.predict(job_id, 0, api_name="/job_events")["events"]
    return [event["loss"] for event in events if event["type"] == "eval"][-1]


def test_pause_resume_and_stop(api, corpus):
    job_id = api.submit(tiny(corpus, max_steps=STEPS, eval_every=200, checkpoint_every=EVERY))
    api.wait_for_step(job_id, 10)
    api.control(job_id, "pause")
    paused = api.wait_for_end(job_id, 120)
    assert paused["state"] == "paused"
    time.sleep(1.5)
    assert api.job(job_id)["step"] == paused["step"], "a paused job went on"
    api.control(job_id, "resume")
    api.wait_for_step(job_id, paused["step"] + 5)
    api.control(job_id, "stop")
    stopped = api.wait_for_end(job_id, 120)
    assert stopped["state"] == "succeeded" and paused["step"] < stopped["step"] <= STEPS
    assert stopped["artifact"] in api.models()


def test_cancel_discards_the_model(running_app, api, corpus):
    job_id = api.submit(tiny(corpus, max_steps=STEPS))
    api.wait_for_step(job_id, 5)
    api.control(job_id, "cancel")
    job = api.wait_for_end(job_id, 120)
    assert job["state"] == "cancelled" and job["artifact"] is None
    assert f"run/{job_id}" not in api.models()
    psutil.wait_procs(running_app.job_workers(), timeout=10)
    assert not running_app.job_workers()


def test_generation_survives_the_death_of_its_worker(running_app, api, tmp_path):
    model = add_slow_writer(tmp_path)
    greedy = {"temperature": 0, "max_new_tokens": 4000}
    before = api.generate(model, max_new_tokens=20, seed=5)
    stream = api.client.submit(model, "Anna found", api_name="/generate", **greedy)
    wait_for_outputs(stream)
    inference = [p for p in running_app.children() if any("pipelines.runtime" in w for w in p.cmdline())]
    kill_all(inference)
    with pytest.raises(Exception, match=r"(?i)ended|died|again|stopped") as failure:
        stream.result(timeout=30)
    assert "Traceback" not in str(failure.value)
    assert api.generate(model, max_new_tokens=20, seed=5) == before


def wait_for_outputs(stream, count: int = 2, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while len(stream.outputs()) < count:
        assert time.monotonic() < end and not stream.done(), "the stream gave nothing"
        time.sleep(0.005)
