"""Room on the disk for a training: looked for before a checkpoint, and what is half written cleared away.

Knows the job's folder; nothing of torch or of what the weights mean.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipelines.core.disk import free_bytes, full_message
from pipelines.core.errors import GlassworksError
from pipelines.jobs.job_dir import JobDir
from pipelines.training.checkpoints import last_complete, step_of

_ROOM = 1_000_000  # bytes beside the weights: the states of the trainer, the marker, the events
_RESUME = "then resume: {}."


def check_room(checkpoints: Path, step: int, tensors: Iterable[Any]) -> None:
    """Raise :class:`GlassworksError` unless a checkpoint fits: as many bytes as the last one took, or as the
    weights and the optimiser's state have. The old one goes only when the new one is whole."""
    last = last_complete(checkpoints)
    needed = _ROOM + (_size(last) if last else sum(t.numel() * t.element_size() for t in tensors))
    free = free_bytes(checkpoints if checkpoints.exists() else checkpoints.parent)
    if free < needed:
        what = f"the checkpoint of step {step} ({needed / 1e6:,.1f} MB)"
        raise GlassworksError(full_message(what, free, resume_words(checkpoints)))


def clear_half_written(job: JobDir) -> str:
    """Remove what was begun and is not whole, so that it does not keep the disk full; returns what it was."""
    found = [c.name.removeprefix("checkpoint-") for c in job.checkpoints.glob("checkpoint-*")]
    last_complete(job.checkpoints)
    gone = [step for step in found if not (job.checkpoints / f"checkpoint-{step}").exists()]
    for begun in job.snapshots.glob(".*.new"):  # what a run only shows is no loss to speak of
        shutil.rmtree(begun, ignore_errors=True)
    beside, data = job.path / ".artifact.new", job.path / "data"
    what = [f"the checkpoint of step {step}" for step in gone]
    if beside.exists():
        shutil.rmtree(beside, ignore_errors=True)
        what.append("the model")
    if data.exists() and not (data / "data.json").exists():
        shutil.rmtree(data, ignore_errors=True)
        what.append("the encoded corpus")
    return " and ".join(what)


def resume_words(checkpoints: Path) -> str:
    """What a resume would go on from."""
    last = last_complete(checkpoints)
    place = f"the work goes on from the checkpoint of step {step_of(last)}" if last else "it starts anew"
    return _RESUME.format(place)


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.iterdir() if f.is_file())
