import pytest

from pipelines.core.errors import ConflictError
from pipelines.jobs.kinds import KINDS
from pipelines.jobs.service import JobService
from pipelines.jobs.states import JobState
from pipelines.jobs.where import INSTEAD, check_runs_here
from pipelines.tokenization.specs import TokenizerSpec

TRAINING = {
    "pretrain", "encoder", "sft", "distill", "dpo", "kto", "orpo", "reward", "grpo", "rloo",
}  # fmt: skip


@pytest.fixture
def lent(settings):
    return settings.model_copy(update={"zero_gpu": True})


@pytest.fixture
def service(lent, bench):
    """A service whose supervisor thread is not started."""
    return JobService(lent, bench.executor)


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_gpu_is_lent_only_training_is_refused(settings, lent, kind):
    check_runs_here(kind, settings)
    if kind not in TRAINING:
        check_runs_here(kind, lent)
    else:
        with pytest.raises(ConflictError) as refused:
            check_runs_here(kind, lent)
        assert str(refused.value).startswith(KINDS[kind].title) and INSTEAD in str(refused.value)


def test_a_refused_job_leaves_nothing_behind(service, lent):
    with pytest.raises(ConflictError, match="Fine-tuning does not run on this Space"):
        service.submit("sft", {}, "me")
    assert service.list() == [] and not list(lent.runs.iterdir())


def test_a_paused_training_is_not_resumed(service, bench):
    job = bench.add(JobState.PAUSED)
    with pytest.raises(ConflictError, match="Pretraining does not run on this Space"):
        service.control(job.id, "resume")
    assert bench.state(job) is JobState.PAUSED


def test_the_others_are_queued(service):
    assert service.submit("tokenizer", TokenizerSpec().to_dict(), "me").state is JobState.QUEUED
