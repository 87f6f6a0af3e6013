"""The worker as a real process: how it ends, what it leaves, and that a kill costs one checkpoint at most."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipelines import worker
from pipelines.core.settings import REPOSITORY
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import JobKind
from pipelines.jobs.states import Action, JobState
from pipelines.worker import explained, main, visible_gpus

SPEC = {
    "vocab_size": 300,
    "num_layers": 1,
    "hidden_size": 32,
    "num_heads": 2,
    "num_kv_heads": 1,
    "intermediate_size": 64,
    "context_length": 32,
    "batch_size": 4,
    "warmup_steps": 2,
    "max_steps": 400,
    "eval_every": 400,
    "checkpoint_every": 50,
    "sample_prompts": [],
    "precision": "fp32",
    "compile": False,
}


@pytest.fixture
def job(tmp_path: Path) -> JobDir:
    corpus = tmp_path / "corpus.txt"
    texts = (f"Story {i}. " + f"Tom had {i} apples and gave {i * 7 % 13} away. " * 8 for i in range(60))
    corpus.write_text("<|endoftext|>".join(texts))
    made = JobDir(tmp_path / "job")
    made.create("pretrain", "0123456789ab", {**SPEC, "corpus": f"path:{corpus}"})
    return made


@pytest.fixture
def started(job: JobDir, tmp_path: Path):
    """``started()`` runs the worker on the job; what still lives at the end is killed."""
    alive = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "pipelines.worker", str(job.path)]
        env = {**os.environ, "GLASSWORKS_HOME": str(tmp_path / "home")}
        with job.log_file.open("ab") as log:
            # A worker gives its whole session a low priority: that must not be the tests' own.
            away = {"cwd": REPOSITORY, "env": env, "start_new_session": True}
            alive.append(subprocess.Popen(command, stdout=log, stderr=log, **away))
        return alive[-1]

    yield start
    for process in alive:
        process.kill()
        process.wait()


def steps(job: JobDir) -> list[int]:
    return [e["step"] for e in job.read_events()[0] if e["type"] == "train"]


def wait_for_step(job: JobDir, process: subprocess.Popen, step: int) -> None:
    while not any(s >= step for s in steps(job)):
        assert process.poll() is None, job.tail_log()
        time.sleep(0.05)


@pytest.mark.process
def test_told_to_end_and_killed_it_goes_on_each_time(job, started):
    process = started()
    wait_for_step(job, process, 20)
    process.terminate()
    assert process.wait() == 0 and job.left() == Exit(JobState.PAUSED)
    paused = max(steps(job))

    process = started()
    wait_for_step(job, process, 120)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert job.left() is None and not job.artifact.exists()
    reached = max(steps(job))
    assert paused < reached and steps(job) == list(range(1, reached + 1)), "a pause cost a step"

    assert started().wait() == 0
    assert job.left() == Exit(JobState.SUCCEEDED) and (job.artifact / "model.safetensors").exists()
    again = steps(job)[reached]
    assert reached - 50 < again <= reached + 1 and steps(job)[-1] == 400


def work(job: JobDir) -> int:
    """The worker's exit code, in this process."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        return main([str(job.path)])
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_request_is_answered_once(job, settings, monkeypatch):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    job.ask(Action.PAUSE)
    assert work(job) == 0 and job.left() == Exit(JobState.PAUSED)
    assert job.asked() is None
    job.ask(Action.CANCEL)
    assert work(job) == 0 and job.left() == Exit(JobState.CANCELLED)


def failed(job: JobDir) -> str:
    """The message that a failure in this process leaves, the same in exit.json and in the error event."""
    assert work(job) == 1
    error = job.read_events()[0][-1]
    assert job.left() == Exit(JobState.FAILED, error["message"]) and error["type"] == "error"
    return error["message"]


def rewrite(job: JobDir, **changes) -> None:
    told = json.loads(job.spec_file.read_text())
    job.spec_file.write_text(json.dumps({**told, **changes}))


def test_faults_are_said_in_words(job):
    rewrite(job, spec={**SPEC, "corpus": "path:gone.txt", "batch_size": 0})
    assert failed(job) == "batch_size accepts a whole number from 1 to 1024; got 0."
    rewrite(job, kind="nonsense")
    assert "the kinds are pretrain" in failed(job)
    job.spec_file.write_text("{")
    assert "no job kind" in failed(job)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (MemoryError(), "Lower batch_size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "Lower batch_size"),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
def test_explained(fault, words):
    assert words in explained(fault)


def test_a_run_without_memory_is_offered_smaller_steps(job, monkeypatch):
    def run(spec, context):
        raise MemoryError

    monkeypatch.setattr(JobKind, "load_runner", lambda kind: run)
    rewrite(job, kind="sft", spec={"base": "house/a", "dataset": "sample:b", "batch_size": 8})
    assert "Try batch_size 4 and gradient_accumulation_steps 2" in failed(job)
    half = {"batch_size": 4, "gradient_accumulation_steps": 2}
    assert job.read_events()[0][-1]["mends"] == [half, {"gradient_checkpointing": True}]


@pytest.mark.parametrize(
    ("device", "environment", "seen"),
    [
        ("auto", {}, "0"),
        ("cuda", {"CUDA_VISIBLE_DEVICES": "3,4"}, "3"),
        ("cuda:1", {}, "1"),
        ("cuda", {"CUDA_VISIBLE_DEVICES": ""}, ""),
        ("cuda", {"WORLD_SIZE": "2"}, None),
        ("cpu", {}, None),
    ],
)
def test_a_process_alone_sees_one_gpu(device, environment, seen):
    """With several in sight the training library would spread over all of them."""
    assert visible_gpus(device, environment) == seen


class TestSeveralProcesses:
    """Each may fail; the job's last word is that of the one that knows why."""

    CLOSED, REASON = Exit(JobState.FAILED, "connection closed"), Exit(JobState.FAILED, "memory")

    def test_the_first_gives_the_reason_of_another(self, tmp_path):
        job = JobDir(tmp_path)
        assert worker._last_word(job, False, self.CLOSED, clear=False) == self.CLOSED and job.left() is None
        worker._last_word(job, False, self.REASON, clear=True)
        assert job.left() == self.REASON
        assert worker._last_word(job, True, self.CLOSED, clear=False) == self.REASON

    def test_its_own_reason_goes_before_that(self, tmp_path):
        job = JobDir(tmp_path)
        worker._last_word(job, False, self.REASON, clear=True)
        own = Exit(JobState.FAILED, "rows")
        assert worker._last_word(job, True, own, clear=True) == own

    @pytest.mark.process
    @pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
    def test_it_ends_with_a_launcher_that_is_killed(self, tmp_path):
        told = tmp_path / "pid"
        child = (
            "import os, pathlib, time; from pipelines import worker; worker._end_with_the_launcher(); "
            f"pathlib.Path({str(told)!r}).write_text(str(os.getpid())); time.sleep(600)"
        )
        parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        env = {**os.environ, "TORCHELASTIC_RUN_ID": "a"}
        launcher = subprocess.Popen([sys.executable, "-c", parent], cwd=REPOSITORY, env=env)
        while not (told.exists() and told.read_text()):
            assert launcher.poll() is None
            time.sleep(0.05)
        pid = int(told.read_text())
        launcher.kill()
        launcher.wait()
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.05)  # the test's own time limit ends a wait in vain
