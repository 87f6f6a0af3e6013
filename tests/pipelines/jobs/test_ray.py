"""A real Ray cluster of two nodes on this machine: the first has no room, so jobs go to the second."""

import os
import time

import pytest

from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.jobs.executors import LocalExecutor, RayExecutor, executor
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.service import JobService
from pipelines.jobs.states import Action, JobState
from pipelines.jobs.store import JobStore

ray = pytest.importorskip("ray", reason="Ray is not installed")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytestmark = [pytest.mark.slow, pytest.mark.process]
SMALL = {"include_dashboard": False, "object_store_memory": 80_000_000}
TINY = {
    "corpus": "sample", "vocab_size": 320, "num_layers": 1, "hidden_size": 32, "num_heads": 2,
    "num_kv_heads": 1, "intermediate_size": 64, "context_length": 32, "max_steps": 12, "batch_size": 4,
    "warmup_steps": 2, "eval_every": 6, "checkpoint_every": 6, "sample_tokens": 4, "precision": "fp32", 
    "compile": False,
}  # fmt: skip
TUNED = {
    "base": "house/story-base", "dataset": "sample:story-prompts", "chat_template": "house", "lora_r": 2,
    "target_modules": ["q_proj"], "max_steps": 2, "batch_size": 2, "max_length": 64, "eval_every": 2,
    "sample_tokens": 1, "precision": "fp32", "compile": False, "check_forgetting": False, "processes": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    made = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **SMALL})
    made.add_node(num_cpus=2, **SMALL)
    before = os.environ.get("RAY_ADDRESS")
    os.environ["RAY_ADDRESS"] = made.address
    yield made
    ray.shutdown()
    made.shutdown()
    os.environ.pop("RAY_ADDRESS")
    if before:
        os.environ["RAY_ADDRESS"] = before


@pytest.fixture
def settings(tmp_path, cluster) -> Settings:
    return Settings(home=tmp_path, device="cpu", executor="ray", threads=1)


@pytest.fixture
def jobs(settings):
    service = JobService(settings)
    service.start()
    yield service
    for job in JobStore(Database(settings.url)).live():
        service.control(job.id, "cancel")
    until(lambda: not JobStore(Database(settings.url)).live())
    service.stop()


def until(condition, seconds: float = 180):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def steps(settings, job_id: str) -> list[int]:
    return [e["step"] for e in JobDir(settings.runs / job_id).read_events()[0] if e["type"] == "train"]


def test_the_setting_names_the_executor(tmp_path):
    assert isinstance(executor(Settings(home=tmp_path)), LocalExecutor)
    assert isinstance(executor(Settings(home=tmp_path, executor="ray")), RayExecutor)


def keepers(job_id: str) -> list[str]:
    named = ray.util.list_named_actors(all_namespaces=True) if ray.is_initialized() else []
    return [one["namespace"] for one in named if job_id in one["name"]]


def test_a_job_trains_on_the_node_that_has_room(jobs, settings):
    job = jobs.submit("pretrain", TINY, "owner")
    until(lambda: keepers(job.id) == ["glassworks"])
    until(lambda: jobs.get(job.id).finished)
    assert jobs.get(job.id).state is JobState.SUCCEEDED, JobDir(settings.runs / job.id).tail_log()
    assert (settings.runs / job.id / "artifact" / "config.json").is_file() and steps(settings, job.id)
    until(lambda: not keepers(job.id))


def test_a_tuning_in_two_processes_runs_there_too(jobs, settings):
    job = jobs.submit("sft", TUNED, "owner")
    until(lambda: jobs.get(job.id).finished)
    assert jobs.get(job.id).state is JobState.SUCCEEDED, JobDir(settings.runs / job.id).tail_log()
    assert steps(settings, job.id) == [1, 2]  # told by one of the two
    assert (settings.runs / job.id / "artifact" / "adapter_model.safetensors").is_file()


def test_it_outlives_the_app_is_found_again_paused_and_resumed(jobs, settings):
    job = jobs.submit("pretrain", {**TINY, "max_steps": 100_000}, "owner")
    until(lambda: steps(settings, job.id))
    first = jobs.get(job.id)
    jobs.stop()
    ray.shutdown()  # as the end of the app does
    again = JobService(settings)
    again.start()
    before = len(steps(settings, job.id))
    until(lambda: len(steps(settings, job.id)) > before)
    assert again.get(job.id).state is JobState.RUNNING and again.get(job.id).pid == first.pid
    again.control(job.id, Action.PAUSE)
    until(lambda: again.get(job.id).state is JobState.PAUSED)
    again.control(job.id, Action.RESUME)
    until(lambda: again.get(job.id).state is JobState.RUNNING and again.get(job.id).pid != first.pid)
    again.control(job.id, Action.CANCEL)
    until(lambda: again.get(job.id).state is JobState.CANCELLED)
    again.stop()
