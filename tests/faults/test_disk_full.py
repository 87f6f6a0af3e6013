"""The disk of the data folder fills up while a job trains: a clear end, a whole checkpoint, and a way on."""

import contextlib
import errno
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client.exceptions import AppError

from pipelines.core import disk
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.training.checkpoints import last_complete, mark_complete, step_of
from pipelines.worker import full_disk
from tests.support.app_process import AppProcess
from tests.support.small_run import Api, tiny, write_corpus

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(900)]
STEPS, EVERY = 1200, 300


class SmallDisk:
    """A file system in memory that holds 24 MB."""

    def __init__(self, folder: Path):
        self.folder = folder

    def fill(self, leave: int) -> None:
        """Until nothing more fits, then give ``leave`` bytes back."""
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as out:
            while out.write(bytes(4096)):
                pass
        with (self.folder / "filler").open("r+b") as out:
            out.truncate(max(0, out.seek(0, 2) - leave))

    def grow(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=96m", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "home"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here to make a small disk with")
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("leave", [0, 300_000], ids=["nothing fits", "only small files fit"])
def test_a_job_ends_clearly_and_goes_on_when_there_is_room(small_disk, tmp_path, leave):
    spec = tiny(
        write_corpus(tmp_path / "stories.jsonl"), max_steps=STEPS, eval_every=STEPS, checkpoint_every=EVERY
    )
    with AppProcess(small_disk.folder) as app:
        api = Api(app.url)
        job_id = api.submit(spec)
        api.wait_for_step(job_id, EVERY + 5)
        small_disk.fill(leave)
        job, folder = api.wait_for_end(job_id), JobDir(app.home / "runs" / job_id)
        check_words(job)
        kept = last_complete(folder.checkpoints)
        assert kept and [c for c in folder.checkpoints.iterdir() if c.stat().st_size and c > kept] == []
        assert f"the checkpoint of step {step_of(kept)}" in job["message"]
        assert not list(app.home.rglob("*.tmp")) and not list(app.home.rglob(".*.tmp"))
        check_answers(app, api, spec, small_disk)

        small_disk.grow()
        api.control(job_id, "resume")
        done = api.wait_for_end(job_id)
        assert (done["state"], done["step"]) == ("succeeded", STEPS), done
        events = folder.read_events()[0]
        ends = [i for i, event in enumerate(events) if event["type"] == "plan"]
        steps = [event["step"] for event in events[ends[-1] :] if event["type"] == "train"]
        assert steps[0] > step_of(kept) and steps[-1] == STEPS
        assert done["artifact"] in api.models()


def check_words(job: dict) -> None:
    """What was being written, how much is free, what to do; and no traceback."""
    assert job["state"] == "failed" and "resume" in job["actions"], job
    for words in (
        "The disk is full",
        "could not be written",
        "MB are free",
        "Free some space",
        "then resume",
    ):
        assert words in job["message"], job["message"]
    assert "Traceback" not in job["message"] and "Errno" not in job["message"]


def check_answers(app: AppProcess, api: Api, spec: dict, small_disk: SmallDisk) -> None:
    """The app is up with the disk full to the brim, and a new job is refused with the reason."""
    small_disk.fill(0)
    with urllib.request.urlopen(app.url, timeout=30) as page:
        assert page.status == 200
    before = set((app.home / "runs").iterdir())
    with pytest.raises(AppError, match="disk is full"):
        api.submit(spec)
    assert set((app.home / "runs").iterdir()) == before, "a refused job left its folder"


def test_what_was_half_written_is_cleared_away(small_disk):
    """A checkpoint that the disk cut short goes, the whole one stays, and the last word fits."""
    job = JobDir(small_disk.folder / "job")
    job.create("pretrain", "0123456789ab", {})
    disk.reserve(job.path)
    for step in (30, 60):
        checkpoint = job.checkpoints / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "model.safetensors").write_bytes(bytes(3_000_000))
        if step == 30:
            mark_complete(checkpoint, step=step)
    small_disk.fill(0)
    message = full_disk(job, JobContext(job, "0123456789ab"))
    assert "the checkpoint of step 60 could not be written, 0.0 MB are free" in message
    assert "goes on from the checkpoint of step 30" in message
    assert [c.name for c in job.checkpoints.iterdir()] == ["checkpoint-30"]
    job.append({"type": "error", "message": message})


def test_an_event_that_does_not_fit_leaves_no_half_line(small_disk):
    job = JobDir(small_disk.folder / "job")
    job.create("pretrain", "0123456789ab", {})
    job.append({"type": "train", "step": 1})
    small_disk.fill(4096)
    with pytest.raises(OSError) as full:
        job.append({"type": "sample", "text": "x" * 20_000})
    assert full.value.errno == errno.ENOSPC and disk.is_full(full.value)
    (small_disk.folder / "filler").unlink()
    job.append({"type": "train", "step": 2})
    assert [e.get("step") for e in job.read_events()[0]] == [1, 2]
