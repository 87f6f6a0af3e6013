"""One leg of a job: the stretch from a start or resume to the end that follows. What is put right before it
and cleared away after it. Knows the job directory and nothing of processes."""

import shutil

from pipelines.jobs.job_dir import JobDir


def prepare(job_dir: JobDir) -> None:
    """Take the last leg's words away: what it left and what was asked of it must not count for this one."""
    job_dir.exit_file.unlink(missing_ok=True)
    job_dir.ask(None)
    _end_last_line(job_dir)


def discard(job_dir: JobDir) -> None:
    """What a cancelled job leaves: its events and log. It cannot go on, so its checkpoints go as well."""
    for folder in (job_dir.artifact, job_dir.checkpoints, job_dir.snapshots):
        shutil.rmtree(folder, ignore_errors=True)


def _end_last_line(job_dir: JobDir) -> None:
    """A kill in mid-write leaves half a line; ended here, it does not swallow the new leg's first event."""
    if not job_dir.events_file.exists():
        return
    with job_dir.events_file.open("r+b") as events:
        if events.seek(0, 2) and (events.seek(-1, 2), events.read(1))[1] != b"\n":
            events.write(b"\n")
