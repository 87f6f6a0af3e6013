"""Two processes tune the model that one would: the same batches, split between them, by DDP and by FSDP."""

import json

import pytest

from pipelines.jobs.job_dir import JobDir
from tests.support.sittings import sittings
from tests.support.tuning_jobs import events, loaded_from

pytestmark = [pytest.mark.slow, pytest.mark.process]
DDP = {"gradient_accumulation_steps": 2, "check_forgetting": True}
FSDP = {"distribution": "fsdp"}
PAUSED_AT = 5
WAYS = {  # name → (what it changes, whether it is paused and resumed)
    "ddp": (DDP, True),
    "fsdp lora": (FSDP, True),
    "fsdp full": (FSDP | {"method": "full", "learning_rate": 0.003}, False),
}


def test_two_processes_tune_what_one_does(tiny_sft, tuned, job_of, same_figures, settings):
    pairs, jobs = {}, []
    for way, (changes, pauses) in WAYS.items():
        fields = {**tiny_sft, "max_steps": 8, **changes}
        two = job_of(f"{way} two", {**fields, "processes": 2})
        pairs[way] = tuned(f"{way} one", fields | {"distribution": "ddp"}), two
        jobs += [(two, PAUSED_AT), (two, 0)] if pauses else [(two, 0)]
    for (two, pause_at), left in zip(jobs, sittings(settings.home, *jobs), strict=True):
        assert left["state"] == ("paused" if pause_at else "succeeded"), two.path
        assert left["artifact"] == (not pause_at) and left["checkpoint"] == (pause_at or 8), two.path
    for one, two in pairs.values():
        same_figures(one, two, ("loss", "grad_norm", "tokens"))
        check_result(one, two)


def check_result(one: JobDir, two: JobDir) -> None:
    """As good, readable, from the first process alone; with samples and measures of what it has forgotten."""
    (alone,), (together,) = (events(job, "result") for job in (one, two))
    names = [n for n in alone["metrics"] if "loss" in n or "general" in n or "step" in n]
    expected = {name: alone["metrics"][name] for name in names}
    assert {name: together["metrics"][name] for name in names} == pytest.approx(expected, rel=1e-3)
    assert {e["text"] for e in events(two, "sample") if e["step"] == 0} == {
        e["text"] for e in events(one, "sample") if e["step"] == 0
    }
    assert loaded_from(two.artifact).model
    assert json.loads((two.artifact / "glassworks.json").read_text())["parent"].startswith("path:")
