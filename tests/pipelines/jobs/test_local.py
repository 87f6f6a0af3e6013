"""Commands and environments of workers, and real processes: groups, zombies, kills, re-attachment.

The worker here is a few lines that behave as told in the spec: beat, obey, ignore, or die.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psutil
import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.jobs.executors.local import LocalExecutor, worker_command, worker_environment
from pipelines.jobs.patience import Patience
from pipelines.jobs.process import ProcessIdentity, identify, is_alive, signal_group
from pipelines.jobs.service import JobService
from pipelines.jobs.states import JobState

WORKER = """
import json, os, signal, subprocess, sys, time
from pipelines.core.files import read_json
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import Action, JobState

job = JobDir(sys.argv[1])
told = read_json(job.spec_file)
manner = told["spec"]["name"]
if manner == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with JobContext(job, told["job_id"]) as context:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("child", child.pid, flush=True)
    context.phase("training", 1, 10)
    if manner == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while manner in ("deaf", "stubborn") or context.asked() is None:
        time.sleep(0.02)
    child.kill()
    job.leave(Exit({Action.PAUSE: JobState.PAUSED}.get(context.asked(), JobState.CANCELLED)))
"""


def fake_command(path, device, processes):
    return [sys.executable, "-c", WORKER, path]


def until(condition):
    """Wait for what other processes do; the test's own time limit ends a wait in vain."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# Pure functions


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda", "cuda:1"])
def test_one_device_is_one_plain_process(device):
    assert worker_command("/runs/x", device) == [sys.executable, "-m", "pipelines.worker", "/runs/x"]


def test_several_gpus_are_one_process_each_under_accelerate():
    command = worker_command("/runs/x", "cuda:0,2,3")
    assert command[:3] == [sys.executable, "-m", "accelerate.commands.launch"]
    assert command[command.index("--num_processes") + 1] == "3"
    assert command[-3:] == ["-m", "pipelines.worker", "/runs/x"]


def test_several_processes_on_the_cpu_are_torchs_to_launch():
    command = worker_command("/runs/x", "cpu", 2)
    assert command[1:3] == ["-m", "torch.distributed.run"] and "--standalone" in command
    assert command[command.index("--nproc_per_node") + 1] == "2"
    assert command[-3:] == ["-m", "pipelines.worker", "/runs/x"]
    with pytest.raises(SpecError, match=r"processes accepts at most .*, a core for each; got 5000"):
        worker_command("/runs/x", "cpu", 5000)


def test_a_spec_may_ask_for_fewer_gpus_than_there_are_but_not_more():
    command = worker_command("/runs/x", "cuda:0,2,3", 2)
    assert command[command.index("--num_processes") + 1] == "2"
    command = worker_command("/runs/x", "cuda", 4)
    assert "accelerate.commands.launch" in command and command[command.index("--num_processes") + 1] == "4"
    with pytest.raises(SpecError, match="processes accepts at most 3, a GPU of cuda:0,2,3 for each; got 4"):
        worker_command("/runs/x", "cuda:0,2,3", 4)


def test_processes_share_the_threads(tmp_path):
    made = worker_environment(Settings(home=tmp_path, device="cpu", threads=6), "cpu", {}, 2)
    assert (made["OMP_NUM_THREADS"], made["GLASSWORKS_THREADS"]) == ("3", "3")


def test_accelerate_understands_the_command():
    from accelerate.commands.launch import launch_command_parser

    parsed = launch_command_parser().parse_args(worker_command("/runs/x", "cuda:0,1")[3:])
    assert (parsed.multi_gpu, parsed.num_processes, parsed.module) == (True, 2, True)
    assert (parsed.training_script, parsed.training_script_args) == ("pipelines.worker", ["/runs/x"])
    assert parsed.main_process_port == 0


def test_a_workers_environment(tmp_path):
    settings = Settings(home=tmp_path / "h", device="cuda:0,2", threads=6)
    base = {
        "PATH": "/bin",
        "PYTHONPATH": "/else",
        "GLASSWORKS_OWNER_TOKEN": "s",
        "GLASSWORKS_DATABASE_URL": "s",
    }
    made = worker_environment(settings, "cuda:0,2", base)
    assert made["PATH"] == "/bin"
    assert made["GLASSWORKS_HOME"] == str(tmp_path / "h")
    assert made["PYTHONPATH"].split(os.pathsep) == [str(REPOSITORY), "/else"]
    assert (made["OMP_WAIT_POLICY"], made["OMP_NUM_THREADS"]) == ("PASSIVE", "3")
    assert (made["CUDA_VISIBLE_DEVICES"], made["GLASSWORKS_DEVICE"]) == ("0,2", "cuda")
    assert not {"GLASSWORKS_OWNER_TOKEN", "GLASSWORKS_DATABASE_URL"} & set(made)


def test_one_device_is_left_to_the_setting(tmp_path):
    made = worker_environment(Settings(home=tmp_path, device="cuda:1"), "cuda:1", {"OMP_NUM_THREADS": "2"})
    assert (made["GLASSWORKS_DEVICE"], made["OMP_NUM_THREADS"]) == ("cuda:1", "2")
    assert "CUDA_VISIBLE_DEVICES" not in made


def test_a_reused_pid_is_another_process():
    here = identify(os.getpid())
    assert is_alive(here)
    assert is_alive(replace(here, created=here.created + 0.5))  # as exact as the boot time is told
    assert not is_alive(replace(here, created=here.created - 60))
    assert not is_alive(ProcessIdentity(2**30, 1.0))
    signal_group(replace(here, created=here.created - 60), signal.SIGKILL)  # or this test would not go on


# Real processes


@pytest.fixture
def started():
    """Services of this test; what they started is ended, whatever happens."""
    services = []
    yield services
    for service in services:
        service.stop()
        for job in service.list():
            if job.pid is not None:
                signal_group(ProcessIdentity(job.pid, job.pid_created), signal.SIGKILL)


@pytest.fixture
def app(settings, started):
    """``app()`` → a running service on the same folder, as a freshly started app would have."""

    def start(**patience):
        made = JobService(settings, LocalExecutor(settings, fake_command), Patience(**patience))
        made.start()
        started.append(made)
        return made

    return start


def children(service, job_id):
    """The pids that the job's legs have printed."""
    return [int(pid) for pid in re.findall(r"^child (\d+)\n", service.log(job_id), re.MULTILINE)]


def begin(service, manner):
    """Submit and wait until the worker reports; returns the job and the pid of the worker's child."""
    job_id = service.submit("pretrain", {"name": manner}, "me").id
    until(lambda: children(service, job_id) and service.get(job_id).pid is not None)
    return service.get(job_id), children(service, job_id)[0]


def ended(service, job):
    until(lambda: not service.get(job.id).state.live)
    return service.get(job.id)


@pytest.mark.process
def test_a_worker_leads_a_group_of_its_own_and_writes_to_files(app):
    service = app()
    job, child = begin(service, "obey")
    assert os.getpgid(job.pid) == os.getpgid(child) == job.pid != os.getpgid(0)
    assert all(not os.readlink(f"/proc/{job.pid}/fd/{n}").startswith("pipe:") for n in (0, 1, 2))
    assert service.log(job.id).startswith("--- started ")
    until(lambda: service.status(job.id).phase == "training")
    assert service.status(job.id).step == 1


@pytest.mark.process
def test_pause_and_resume(app):
    service = app()
    job, _ = begin(service, "obey")
    service.control(job.id, "pause")
    assert ended(service, job).state is JobState.PAUSED
    service.control(job.id, "resume")
    until(
        lambda: (
            service.get(job.id).state is JobState.RUNNING and service.get(job.id).pid not in (None, job.pid)
        )
    )
    until(lambda: len(children(service, job.id)) == 2)
    service.control(job.id, "cancel")
    assert ended(service, job).state is JobState.CANCELLED


@pytest.mark.process
def test_a_killed_worker_is_interrupted_and_its_group_ends(app):
    service = app()
    job, child = begin(service, "die")
    done = ended(service, job)
    assert done.state is JobState.INTERRUPTED
    assert "SIGKILL" in done.message
    until(lambda: not running(child))
    with pytest.raises(ChildProcessError):  # reaped: no zombie is left
        os.waitpid(job.pid, os.WNOHANG)


@pytest.mark.process
@pytest.mark.parametrize("manner", ["stubborn", "deaf"])
def test_a_worker_that_ignores_a_cancel_is_ended_with_its_group(app, manner):
    service = app(cancel=0.2, kill=0.5)
    job, child = begin(service, manner)
    service.control(job.id, "cancel")
    assert ended(service, job).state is JobState.CANCELLED
    until(lambda: not running(child) and not running(job.pid))


@pytest.mark.process
def test_a_stopped_app_leaves_workers_and_the_next_takes_them_up(app):
    first = app()
    job, _ = begin(first, "obey")
    first.stop()
    second = app()
    second._supervisor.tick()
    assert second.get(job.id) == job
    assert running(job.pid)
    second.control(job.id, "pause")
    # The worker is still this process's child, which only the first service knows: a zombie counts as ended.
    assert ended(second, job).state is JobState.PAUSED


@pytest.mark.process
def test_a_worker_that_no_row_names_is_found_by_its_folder(app):
    service = app()
    job, _ = begin(service, "obey")
    service.stop()
    service._store.transition(job.id, {JobState.RUNNING}, None, pid=None, pid_created=None)
    later = app()
    until(lambda: later.get(job.id).pid == job.pid)
    decoy = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        executor = LocalExecutor(Settings())
        assert executor.find(later._dir(job.id)).pid == job.pid
        later.control(job.id, "cancel")
        assert ended(later, job).state is JobState.CANCELLED
        assert executor.find(later._dir(job.id)) is None
    finally:
        decoy.kill()
        decoy.wait()


@pytest.mark.process
def test_a_zombie_is_dead(settings):
    child = subprocess.Popen([sys.executable, "-c", ""])
    identity = identify(child.pid)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert not is_alive(identity)
    child.wait()


@pytest.mark.process
def test_two_services_on_one_folder_start_a_job_once(app):
    services = [app() for _ in range(3)]
    job, _ = begin(services[0], "obey")
    ready = threading.Barrier(3)

    def tick(service):
        ready.wait()
        service._supervisor.tick()

    threads = [threading.Thread(target=tick, args=(s,)) for s in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert services[0].log(job.id).count("--- started") == 1
    services[0].control(job.id, "cancel")
    assert ended(services[0], job).state is JobState.CANCELLED
