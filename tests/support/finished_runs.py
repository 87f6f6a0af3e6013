"""Runs as their workers would have left them, so that no test waits for a training."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from pipelines.core.database import Database
from pipelines.core.ids import new_id
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from pipelines.jobs.store import Job, JobStore
from tests.support.small_run import tiny

_MODEL = REPOSITORY / "assets" / "models" / "story-base"


def write_run(home: Path, age: float = 0, **changed: Any) -> str:
    """A run that was made ``age`` seconds ago and has succeeded: its row, its events and a model. Returns the
    job's id. The app on this home may be running. ``changed``: fields of its spec."""
    made, spec = time.time() - age, tiny("sample", **changed)
    job_id, layers = new_id(made), spec["num_layers"]
    folder = JobDir(home / "runs" / job_id)
    folder.create("pretrain", job_id, spec)
    folder.append(
        {"type": "plan", "total_steps": 8, "tokens": 1024, "flops": 1e9 * layers, "parameters": 30_000}
    )
    for step in (4, 8):
        figures = {"loss": 4.0 / layers, "lr": 1e-3, "tokens": 128 * step, "elapsed": 0.1 * step}
        folder.append({"type": "train", "step": step, **figures})
        folder.append({"type": "eval", "step": step, "loss": 4.0 / layers, "bits_per_byte": 3.0 / layers})
    _write_model(folder.artifact, job_id, {"name": spec["name"], "method": "pretraining", "spec": spec})
    folder.leave(Exit(JobState.SUCCEEDED))
    times = {"created": made, "started": made, "finished": made + 1}
    database = Database(Settings(home=home).url)
    try:
        job = Job(job_id, "pretrain", spec["name"], "owner", JobState.SUCCEEDED, spec, **times)
        JobStore(database).insert(job)
    finally:
        database.close()
    return job_id


def descend(home: Path, parent: str, name: str) -> str:
    """The name of a further model, made from ``parent``."""
    made = new_id()
    folder = JobDir(home / "runs" / made)
    folder.create("pretrain", made, {})
    spec = tiny("sample", name=name, seed=7)
    _write_model(
        folder.artifact, made, {"name": name, "method": "fine-tuning", "parent": parent, "spec": spec}
    )
    folder.leave(Exit(JobState.SUCCEEDED))
    return f"run/{made}"


def _write_model(folder: Path, job_id: str, told: dict[str, Any]) -> None:
    shutil.copytree(_MODEL, folder)
    lineage = {"job_id": job_id, "corpus": {"id": "sample", "sha256": "ab" * 32}, "created": time.time()}
    (folder / "glassworks.json").write_text(json.dumps({**lineage, **told}), encoding="utf-8")
