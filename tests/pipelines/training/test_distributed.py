"""Two processes train the model that one would: the same batches, split between them."""

import pytest

from pipelines.jobs.states import Action, JobState
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec
from tests.support.sittings import sittings
from tests.support.tuning_jobs import events


def losses(job) -> dict[int, float]:
    return {e["step"]: e["loss"] for kind in ("train", "eval") for e in events(job, kind)}


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_train_what_one_does(tiny, new_job, scripted, home):
    one, two = new_job("one", tiny), new_job("two", tiny)
    with scripted(one) as context:
        assert run(PretrainSpec.from_dict(tiny), context) is JobState.SUCCEEDED
    two.ask(Action.PAUSE)
    paused, ended = sittings(home, (two, 0), (two, 0))
    assert (paused["state"], paused["artifact"]) == ("paused", False)
    assert (ended["state"], ended["artifact"]) == ("succeeded", True)
    assert losses(two) == pytest.approx(losses(one), abs=2e-3)
    assert len(events(two, "train")) == tiny["max_steps"], "only the first process writes"
