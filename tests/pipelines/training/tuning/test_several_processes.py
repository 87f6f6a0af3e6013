"""Two processes tune the model that one would: the same batches, split between them, by DDP and by FSDP."""

import json

import pytest
import torch

from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.training.checkpoints import last_complete, step_of
from pipelines.training.tuning.sft import run
from pipelines.training.tuning.specs import SftSpec

pytestmark = [pytest.mark.slow, pytest.mark.process]
DDP = {"gradient_accumulation_steps": 2, "check_forgetting": True}
FSDP = {"distribution": "fsdp"}


def made(path, fields: dict) -> JobDir:
    job = JobDir(path)
    job.create("sft", "0123456789ab", fields)
    return job


def events(job, kind: str) -> list[dict]:
    return [e for e in job.read_events()[0] if e["type"] == kind]


@pytest.mark.parametrize(
    ("changes", "pause_at"),
    [(DDP, 5), (FSDP, 5), (FSDP | {"method": "full", "learning_rate": 0.003}, 0)],
    ids=["ddp", "fsdp lora", "fsdp full"],
)
def test_two_processes_tune_what_one_does(
    tiny_sft, launched, same_figures, scripted, tmp_path, settings, changes, pause_at
):
    fields = {**tiny_sft, "max_steps": 8, **changes}
    one = made(tmp_path / "one", fields | {"distribution": "ddp"})
    with scripted(one) as context:
        assert run(SftSpec.from_dict(fields | {"distribution": "ddp"}), context) is JobState.SUCCEEDED
    two = made(tmp_path / "two", {**fields, "processes": 2})
    if pause_at:
        assert launched(two, pause_at=pause_at) is JobState.PAUSED
        assert step_of(last_complete(two.checkpoints)) == pause_at and not two.artifact.exists()
    assert launched(two) is JobState.SUCCEEDED
    same_figures(one, two, ("loss", "grad_norm", "tokens"))
    check_result(one, two, settings)


def check_result(one: JobDir, two: JobDir, settings) -> None:
    """As good, readable, from the first process alone; with samples and measures of what it has forgotten."""
    (alone,), (together,) = (events(job, "result") for job in (one, two))
    names = [n for n in alone["metrics"] if "loss" in n or "general" in n or "step" in n]
    expected = {name: alone["metrics"][name] for name in names}
    assert {name: together["metrics"][name] for name in names} == pytest.approx(expected, rel=1e-3)
    assert {e["text"] for e in events(two, "sample") if e["step"] == 0} == {
        e["text"] for e in events(one, "sample") if e["step"] == 0
    }
    name = f"path:{two.artifact}"
    place = Catalogue(settings).place(name)
    assert load_model(name, place.folder, torch.device("cpu"), place.base).model
    assert json.loads((two.artifact / "glassworks.json").read_text())["parent"].startswith("path:")
