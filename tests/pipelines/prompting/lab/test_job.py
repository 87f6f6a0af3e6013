"""Whole runs of the lab with a function for a model: every cell, paused and resumed, stopped, cancelled."""

from collections import Counter

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action, JobState
from pipelines.prompting.lab.job import run
from pipelines.prompting.lab.records import check_results, read_cell, read_items
from pipelines.prompting.specs import PromptLabSpec
from tests.support.lab_models import opened

_FIELDS = {
    "task": "arithmetic",
    "n": 6,
    "models": ["endpoint:a", "endpoint:b"],
    "strategies": ["direct", {"name": "self_consistency", "settings": {"samples": 3}}, "react"],
}


@pytest.fixture
def lab(tmp_path, monkeypatch, settings):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    asked: Counter = Counter()

    def go(job: JobDir, context, **changed):
        with context:
            spec = PromptLabSpec.from_dict({**_FIELDS, **changed})
            return run(spec, context, open=opened(asked=asked))

    return go, asked


def new_job(folder) -> JobDir:
    job = JobDir(folder)
    job.create("prompt_lab", "0123456789ab", _FIELDS)
    return job


def test_every_cell_has_every_item_with_its_trace(lab, scripted, tmp_path):
    go, asked = lab
    job = new_job(tmp_path / "a")
    assert go(job, scripted(job)) is JobState.SUCCEEDED
    check_results(job.artifact)
    items = read_items(job.artifact)
    assert len(items) == 6 and all(item.rationale.endswith(f"The answer is {item.answer}.") for item in items)
    events = job.read_events()[0]
    (plan,) = [e for e in events if e["type"] == "plan"]
    assert plan["cells"][:2] == ["Direct · endpoint:a", "Self-consistency · endpoint:a"]
    assert plan["kind"] == "number" and plan["total"] == 36
    assert [e["number"] for e in events if e["type"] == "cell"] == [*range(6)]
    direct, votes, react = (read_cell(job.artifact, number) for number in range(3))
    assert [record.item for record in direct] == [item.id for item in items]
    assert {record.response for record in direct} == {"The answer is 7."} and direct[0].tokens == 16
    assert votes[0].votes == (("7", 3),) and votes[0].written_tokens == 15 and votes[0].prompt_tokens == 11
    assert react[0].details["ended"] == "finish" and react[0].trace[0]["messages"][-1]["role"] == "user"
    assert set(asked.values()) == {1}


@pytest.mark.parametrize("at", [4, 13, 20])
def test_a_run_that_goes_on_asks_no_call_twice(lab, scripted, tmp_path, at):
    go, asked = lab
    whole, parted = new_job(tmp_path / "whole"), new_job(tmp_path / "parted")
    assert go(whole, scripted(whole)) is JobState.SUCCEEDED
    calls = sum(asked.values())
    asked.clear()
    assert go(parted, scripted(parted, Action.PAUSE, at=at)) is JobState.PAUSED
    assert 0 < sum(asked.values()) < calls and not parted.artifact.exists()
    assert go(parted, scripted(parted)) is JobState.SUCCEEDED
    assert sum(asked.values()) == calls and set(asked.values()) == {1}
    for number in range(6):
        assert read_cell(parted.artifact, number) == read_cell(whole.artifact, number)


def test_stopped_it_keeps_what_there_is_and_cancelled_nothing(lab, scripted, tmp_path):
    go, _ = lab
    stopped, cancelled = new_job(tmp_path / "s"), new_job(tmp_path / "c")
    assert go(stopped, scripted(stopped, Action.STOP, at=8)) is JobState.SUCCEEDED
    check_results(stopped.artifact)
    found = [len(read_cell(stopped.artifact, number)) for number in range(6)]
    assert found[0] == 6 and found[-1] == 0
    assert any("Stopped early" in e.get("message", "") for e in stopped.read_events()[0])
    assert go(cancelled, scripted(cancelled, Action.CANCEL, at=8)) is JobState.CANCELLED
    assert not cancelled.artifact.exists()


def test_what_cannot_be_asked_is_said_before_a_model_is_loaded(lab, scripted, tmp_path):
    go, asked = lab
    for number, (changed, message) in enumerate(
        (
            ({"prompts": [{"template": "{question} {colour}"}]}, "colour"),
            ({"task": "own", "items": "question,answer\n", "strategies": ["direct"]}, "item"),
            ({"task": "no such"}, "no such"),
        )
    ):
        job = new_job(tmp_path / str(number))
        with pytest.raises(GlassworksError, match=message):
            go(job, scripted(job), **changed)
    assert not asked
