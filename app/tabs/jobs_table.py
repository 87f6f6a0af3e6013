"""Rows of the job and model tables, and one model's details. Text only: the table component escapes it."""

import time
from typing import Any

from app import units
from app.job_panel.badges import badge_text
from pipelines.jobs.service import Job, JobStatus

JOB_HEADERS = ["State", "Title", "Kind", "Progress", "Started", "Duration", "Disk", "Job"]
MODEL_HEADERS = ["Model", "Title", "Architecture", "Parameters", "Context", "Parent", "Disk", "Created"]


def job_row(status: JobStatus, disk: int) -> list[str]:
    """One row; the job id stands last."""
    job = status.job
    return [
        badge_text(job.state),
        job.title or "–",
        job.kind,
        _progress(status),
        units.moment(job.started),
        _duration(job),
        units.size(disk),
        job.id,
    ]


def model_row(entry: Any, parent: str | None) -> list[str]:
    """One row of a ModelEntry; the model's name stands first. ``parent`` as this visitor may read it."""
    return [
        entry.name,
        entry.title,
        f"{entry.architecture}, adapter" if entry.adapter_of else entry.architecture,
        units.short(entry.parameters),
        f"{entry.context_length:,}" if entry.context_length else "no limit",
        parent or "–",
        units.size(entry.bytes_on_disk),
        units.moment(entry.created),
    ]


def model_details(entry: Any, lineage: bool) -> dict[str, Any]:
    """All that is known of a model, for a JSON view; no path of this machine."""
    facts = {"name": entry.name, "title": entry.title, "architecture": entry.architecture}
    sizes = {"parameters": entry.parameters, "context_length": entry.context_length}
    can = {"vocab_size": entry.vocab_size, "capabilities": sorted(entry.capabilities)}
    origin = {"lineage": entry.lineage} if lineage else {}
    if entry.adapter_of and lineage:  # a base may be a folder, which is the owner's to know
        origin = {"adapter_of": entry.adapter_of, "adapter_parameters": entry.adapter_parameters, **origin}
    return {**facts, **sizes, **can, "bytes_on_disk": entry.bytes_on_disk, **origin}


def _progress(status: JobStatus) -> str:
    if status.total <= 0:
        return "–"
    return f"{status.step:,} / {status.total:,} ({100 * status.step / status.total:.0f} %)"


def _duration(job: Job) -> str:
    """Whole minutes while it runs, so that a refresh seldom has something new to send."""
    if not job.started:
        return "–"
    if job.finished:
        return units.duration(job.finished - job.started)
    minutes = int((time.time() - job.started) // 60)
    return units.duration(60 * minutes) if minutes else "under a minute"
