"""Which jobs a visitor may start on a Space, and how many."""

from types import SimpleNamespace

import pytest

from app.identity import VISITOR_HEADER, new_secret
from app.job_panel.access import steer, submit
from app.services import make_services
from app.visitor_jobs import FROM_ONE_ADDRESS, OF_ALL
from pipelines.core.errors import NotAllowedError, TooMuchError
from pipelines.core.settings import Settings
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.states import JobState
from pipelines.prompting.specs import PromptLabSpec
from pipelines.prompting.tools.toolbox import ToolSpec
from pipelines.training.specs import PretrainSpec

LAB, TASK = PromptLabSpec(n=2), EvalSpec(limit=2)
TOKEN = "the owner's"


def services_of(home, **given):
    settings = Settings(home=home, SPACE_ID="ada/glassworks", owner_token=TOKEN, **given)
    return make_services(settings)


@pytest.fixture
def space(home):
    return services_of(home)


def visitor(address="8.8.8.7", secret="", **headers):
    headers = {VISITOR_HEADER: secret or new_secret(), "x-forwarded-for": address, **headers}
    return SimpleNamespace(headers=headers, cookies={}, client=SimpleNamespace(host="10.0.0.1"))


def owner():
    return visitor(**{"x-glassworks-owner": TOKEN})


def refused(call, *given, error=TooMuchError):
    with pytest.raises(error) as caught:
        call(*given)
    return str(caught.value)


def over(services, job, state=JobState.SUCCEEDED):
    services.jobs._store.transition(job.id, set(JobState), state)


@pytest.mark.parametrize(("kind", "spec"), [("prompt_lab", LAB), ("evaluate", TASK)])
def test_a_visitor_starts_a_run_of_their_own(space, kind, spec):
    mine = visitor()
    job = submit(space, kind, spec, mine)
    assert job.owner == space.identity.visitor(mine).id and job.state is JobState.QUEUED


@pytest.mark.parametrize(("kind", "spec"), [("pretrain", PretrainSpec())])
def test_what_makes_a_model_is_the_owners(space, kind, spec):
    words = refused(submit, space, kind, spec, visitor(), error=NotAllowedError)
    assert "Only the owner of this workshop may start jobs on it (training" in words
    assert submit(space, kind, spec, owner()).owner == "owner"


@pytest.mark.parametrize(
    ("kind", "spec", "what"),
    [
        ("evaluate", EvalSpec(tasks=("humaneval",)), "let a model's programs run"),
        ("evaluate", EvalSpec(tasks=("humaneval",), file="upload:x"), "let a model's programs run"),
        ("evaluate", EvalSpec(tasks=("story_cloze", "arc_easy")), "fetch data from the Hub"),
        ("evaluate", EvalSpec(tasks=("arc_easy",), file="/etc/passwd"), "read a file of this machine"),
        ("prompt_lab", PromptLabSpec(task="gsm8k"), "fetch data from the Hub"),
        ("prompt_lab", PromptLabSpec(tools=ToolSpec(tools=("python",))), "let a model's programs run"),
    ],
)
def test_what_of_a_run_is_the_owners(space, kind, spec, what):
    words = refused(submit, space, kind, spec, visitor(), error=NotAllowedError)
    assert f"Only the owner of this workshop may {what}." in words


def test_no_minutes_no_runs(home):
    services = services_of(home, visitor_job_minutes=0)
    refused(submit, services, "evaluate", TASK, visitor(), error=NotAllowedError)
    assert submit(services, "evaluate", TASK, owner())


def test_one_run_at_a_time_and_the_next_when_it_is_over(space):
    mine = visitor()
    job = submit(space, "evaluate", TASK, mine)
    words = refused(submit, space, "prompt_lab", LAB, mine)
    assert words == "One run at a time is accepted from a visitor here. Wait for yours, or stop it."
    over(space, job)
    assert submit(space, "prompt_lab", LAB, mine)


def test_a_paused_run_waits_for_room_like_a_new_one(space):
    mine = visitor()
    first = submit(space, "evaluate", TASK, mine)
    over(space, first, JobState.PAUSED)
    second = submit(space, "prompt_lab", LAB, mine)
    refused(steer, space, first.id, "resume", mine)
    assert space.jobs.get(first.id).state is JobState.PAUSED
    steer(space, second.id, "cancel", mine)  # which asks for no room
    assert steer(space, first.id, "resume", mine).state is JobState.QUEUED


def test_what_may_no_longer_be_started_is_not_taken_up_again(space, home):
    mine = visitor()
    job = submit(space, "evaluate", TASK, mine)
    over(space, job, JobState.PAUSED)
    without = services_of(home, visitor_job_minutes=0)
    refused(steer, without, job.id, "resume", mine, error=NotAllowedError)
    assert steer(without, job.id, "resume", owner()).state is JobState.QUEUED


def test_a_new_secret_brings_no_more_from_one_address(space):
    jobs = [submit(space, "evaluate", TASK, visitor()) for _ in range(FROM_ONE_ADDRESS)]
    assert f"At most {FROM_ONE_ADDRESS} runs" in refused(submit, space, "evaluate", TASK, visitor())
    assert submit(space, "evaluate", TASK, visitor("8.8.8.8"))
    over(space, jobs[0])
    assert submit(space, "evaluate", TASK, visitor())


def test_so_many_of_all_and_the_owner_is_never_kept_out(space):
    for number in range(OF_ALL):
        submit(space, "evaluate", TASK, visitor(f"8.8.8.{number}"))
    assert f"{OF_ALL} runs of visitors wait" in refused(submit, space, "evaluate", TASK, visitor("9.9.9.9"))
    for _ in range(2):
        submit(space, "evaluate", TASK, owner())


def test_a_strangers_run_is_not_steered(space):
    job = submit(space, "evaluate", TASK, visitor())
    with pytest.raises(Exception, match="There is no job"):
        steer(space, job.id, "cancel", visitor())


def test_away_from_spaces_everything_is_as_it_was(home):
    services = make_services(Settings(home=home))
    mine = visitor()
    for kind, spec in (("evaluate", TASK), ("evaluate", TASK), ("pretrain", PretrainSpec())):
        submit(services, kind, spec, mine)
