"""Models as they stood at a step of a run, by their name alone."""

import shutil

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.core.ids import new_id
from pipelines.jobs.states import JobState


@pytest.fixture
def run(add_run, tiny_llama):
    """``run(state, *steps)`` → the job directory of a run with snapshots of these steps."""

    def make(state, *steps):
        job = add_run(new_id(1e9), state)
        for step in steps:
            shutil.copytree(tiny_llama, job.snapshot(step))
        return job

    return make


@pytest.mark.parametrize("state", [None, JobState.PAUSED, JobState.SUCCEEDED])
def test_they_are_models_also_while_the_run_goes_on(catalogue, run, state):
    job = run(state, 50, 0, 120)
    name = f"run/{job.path.name}"
    assert catalogue.checkpoints(name) == catalogue.checkpoints(f"{name}@50") == [0, 50, 120]
    assert catalogue.resolve(f"{name}@50") == job.snapshot(50) == catalogue.tokenizer_folder(f"{name}@50")
    assert catalogue.get(f"{name}@0").parameters == catalogue.get(f"{name}@120").parameters > 0
    assert catalogue.entries() == [] and catalogue.tokenizers() == []


def test_one_that_is_gone_says_which_there_are(catalogue, run):
    name = f"run/{run(None, 50, 120).path.name}"
    with pytest.raises(NotFoundError, match=r"no checkpoint of step 60 .*50, 120"):
        catalogue.get(f"{name}@60")
    with pytest.raises(NotFoundError, match="none to look at"):
        catalogue.get(f"run/{new_id()}@60")


def test_one_that_is_being_written_does_not_count(catalogue, run):
    job = run(None, 50)
    shutil.copytree(job.snapshot(50), job.snapshots / ".100.new")
    assert catalogue.checkpoints(f"run/{job.path.name}") == [50]


def test_what_is_no_run_has_none(catalogue):
    assert catalogue.checkpoints("house/story-base") == catalogue.checkpoints(f"run/{new_id()}") == []
