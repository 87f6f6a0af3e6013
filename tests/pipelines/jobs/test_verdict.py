"""How a job ended: every combination of last word, exit code and request has one answer."""

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.patience import Patience, Push, push
from pipelines.jobs.states import Action, JobState
from pipelines.jobs.verdict import Evidence, verdict

DONE = Exit(JobState.SUCCEEDED)


def whole():
    pass


def broken():
    raise GlassworksError("tokenizer.json is missing.")


@pytest.mark.parametrize(
    ("evidence", "check", "state", "words"),
    [
        (Evidence(DONE, 0, None), whole, JobState.SUCCEEDED, ""),
        (Evidence(DONE, None, None), whole, JobState.SUCCEEDED, ""),
        (Evidence(DONE, 0, Action.CANCEL), whole, JobState.SUCCEEDED, ""),
        (Evidence(DONE, 0, None), broken, JobState.FAILED, "tokenizer.json is missing"),
        (Evidence(DONE, 3, None), whole, JobState.FAILED, "code 3"),
        (Evidence(DONE, -11, None), whole, JobState.FAILED, "SIGSEGV"),
        (Evidence(Exit(JobState.PAUSED), 0, Action.PAUSE), broken, JobState.PAUSED, ""),
        (Evidence(Exit(JobState.PAUSED), 0, Action.CANCEL), broken, JobState.CANCELLED, ""),
        (Evidence(Exit(JobState.CANCELLED), 0, None), broken, JobState.CANCELLED, ""),
        (Evidence(Exit(JobState.FAILED, "disk full"), 1, None), broken, JobState.FAILED, "disk full"),
        (Evidence(Exit(JobState.FAILED), 1, None), broken, JobState.FAILED, "log"),
        (Evidence(Exit(JobState.FAILED, "x"), 1, Action.CANCEL), broken, JobState.CANCELLED, ""),
        (Evidence(Exit(JobState.RUNNING), 0, None), broken, JobState.FAILED, "no end"),
        (Evidence(None, -9, None), broken, JobState.INTERRUPTED, "SIGKILL: most often memory ran out"),
        (Evidence(None, -15, None), broken, JobState.INTERRUPTED, "SIGTERM"),
        (Evidence(None, 1, None), broken, JobState.INTERRUPTED, "code 1"),
        (Evidence(None, None, None), broken, JobState.INTERRUPTED, "process is gone"),
        (Evidence(None, None, None, True), broken, JobState.INTERRUPTED, "machine was restarted"),
        (Evidence(None, -9, Action.CANCEL), broken, JobState.CANCELLED, ""),
        (Evidence(None, -9, Action.PAUSE), broken, JobState.INTERRUPTED, "did not pause in time"),
        (Evidence(None, -9, Action.STOP), broken, JobState.INTERRUPTED, "SIGKILL"),
    ],
)
def test_verdict(evidence, check, state, words):
    end = verdict(evidence, check)
    assert end.state is state
    assert words in end.message
    if state is JobState.INTERRUPTED:
        assert "Resume" in end.message


@pytest.mark.parametrize(
    ("asked", "waited", "due"),
    [
        (None, 1e9, Push.NONE),
        (Action.STOP, 1e9, Push.NONE),
        (Action.CANCEL, 9, Push.NONE),
        (Action.CANCEL, 12, Push.TERMINATE),
        (Action.CANCEL, 16, Push.KILL),
        (Action.PAUSE, 119, Push.NONE),
        (Action.PAUSE, 122, Push.TERMINATE),
        (Action.PAUSE, 126, Push.KILL),
    ],
)
def test_pressure_grows_with_the_wait(asked, waited, due):
    assert push(asked, waited, Patience()) is due
