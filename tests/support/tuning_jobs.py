"""A tuning as a job without its worker: made, worked on in this process, and what it has told."""

from pathlib import Path
from typing import Any

import torch

from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import LoadedModel, load_model


def new_job(path: Path, fields: dict[str, Any], kind: str = "sft") -> JobDir:
    job = JobDir(path)
    job.create(kind, "0123456789ab", fields)
    return job


def tune(job: JobDir, fields: dict[str, Any], context: Any) -> JobState:
    """Work on it in a JobContext, such as the test's ``scripted`` one."""
    kind = kind_named(job.kind())
    with context:
        return kind.load_runner()(kind.parse(fields), context)


def events(job: JobDir, kind: str) -> list[dict[str, Any]]:
    return [e for e in job.read_events()[0] if e["type"] == kind]


def losses(job: JobDir, name: str = "loss") -> dict[int, float]:
    """Of each step that was told; where a step was done twice, the last counts."""
    return {e["step"]: e[name] for e in events(job, "train")}


def loaded_from(folder: Path | str) -> LoadedModel:
    """The model in the folder as any tab loads it: an adapter upon its base."""
    place = Catalogue(Settings()).place(f"path:{folder}")
    return load_model(place.name, place.folder, torch.device("cpu"), place.base)
