"""Models as they stood on the way: which are kept, and that they are what the run had then."""

from itertools import pairwise

import pytest
import torch
from safetensors.torch import load_file

from pipelines.core.settings import Settings
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.training import snapshots
from pipelines.training.checkpoints import kept_steps
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec


@pytest.mark.parametrize("wanted", [0, 1, 2, 3, 8, 20, 100])
@pytest.mark.parametrize(("last", "every"), [(1000, 50), (999, 50), (40, 50), (7, 1)])
def test_kept_are_as_many_as_wanted_from_the_first_to_the_last(last, every, wanted):
    all_steps = [0, *range(every, last, every), last]
    found = kept_steps(last, every, wanted)
    assert len(found) == min(wanted, len(all_steps)) and set(found) <= set(all_steps)
    assert list(found) == sorted(found)
    assert not found or found[-1] == last
    assert wanted < 2 or found[0] == 0


def test_they_are_closer_together_early_on():
    found = kept_steps(10_000, 100, 8)
    gaps = [b - a for a, b in pairwise(found)]
    assert gaps == sorted(gaps) and gaps[0] == 100


def test_a_run_leaves_models_on_its_way(tiny, new_job, scripted, settings):
    fields = {**tiny, "keep_checkpoints": 3, "name": "Small"}  # of 0, 4, 8 and 12
    job = new_job("a", fields)
    assert run(PretrainSpec.from_dict(fields), scripted(job)) is JobState.SUCCEEDED
    assert job.snapshot_steps() == [0, 4, 12]
    weights = {step: load_file(job.snapshot(step) / "model.safetensors") for step in (0, 4, 12)}
    last = load_file(job.artifact / "model.safetensors")
    assert all(torch.equal(last[name], kept) for name, kept in weights[12].items())
    name = "model.embed_tokens.weight"
    assert not torch.equal(weights[0][name], weights[4][name])
    assert {f.suffix for f in job.snapshot(4).iterdir()} <= {".json", ".safetensors"}  # no optimiser's state
    settings.runs.mkdir(exist_ok=True)
    (settings.runs / "0123456789ab").symlink_to(job.path)
    catalogue = Catalogue(Settings())
    entry = catalogue.get("run/0123456789ab@4")
    assert entry.title == "Small, step 4" and catalogue.checkpoints("run/0123456789ab") == [0, 4, 12]
    assert load_model(entry.name, entry.path, torch.device("cpu")).kind == "causal-lm"


def test_without_room_the_run_goes_on_and_says_so(tiny, new_job, scripted, monkeypatch):
    monkeypatch.setattr(snapshots, "free_bytes", lambda _: 1000)
    job = new_job("a", tiny)
    assert run(PretrainSpec.from_dict(tiny), scripted(job)) is JobState.SUCCEEDED
    assert job.snapshot_steps() == []
    told = [e["message"] for e in job.read_events()[0] if e["type"] == "notice"]
    assert any("step 4 was not kept" in message for message in told)
