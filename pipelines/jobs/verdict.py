"""How a job ended, told from what its worker left behind. Pure: knows no database and no process."""

import errno
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.core.errors import GlassworksError
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.process import signal_name
from pipelines.jobs.states import Action, JobState

_FULL = (
    "The disk is full, so full that the worker could not say what it was writing. Free some space (delete "
    "jobs, models or other files on that disk), then resume: the last checkpoint is kept."
)
_RESUME = "Resume goes on from what was saved last."


@dataclass(frozen=True)
class Evidence:
    """What is known when a worker's process is gone. ``exit_code`` is None when the worker was not this
    process's child, as after a restart of the app."""

    left: Exit | None
    exit_code: int | None
    asked: Action | None
    machine_restarted: bool = False


def verdict(evidence: Evidence, check: Callable[[], None]) -> Exit:
    """The state the job ends in, and why. ``check`` raises GlassworksError unless the artefact loads.

    A job that had succeeded before a cancel reached it keeps its result; it can still be deleted.
    """
    left = evidence.left
    if left is not None and left.state is JobState.SUCCEEDED:
        return _checked(left, evidence.exit_code, check)
    if evidence.asked is Action.CANCEL:
        return Exit(JobState.CANCELLED, "Cancelled.")
    if left is None and evidence.exit_code == errno.ENOSPC:
        return Exit(JobState.FAILED, _FULL)
    if left is None:
        return Exit(JobState.INTERRUPTED, f"{_cause(evidence)} {_RESUME}")
    if left.state is JobState.FAILED:
        return Exit(JobState.FAILED, left.message or "The work failed; the end of the log says why.")
    if left.state in (JobState.PAUSED, JobState.CANCELLED, JobState.INTERRUPTED):
        return left
    return Exit(
        JobState.FAILED, f"The worker ended and called the job {left.state.value!r}, which is no end."
    )


def _checked(left: Exit, exit_code: int | None, check: Callable[[], None]) -> Exit:
    if exit_code:
        how = f"was killed by {signal_name(exit_code)}" if exit_code < 0 else f"exited with code {exit_code}"
        return Exit(JobState.FAILED, f"The work was done, but then its process {how}. {_RESUME}")
    try:
        check()
    except GlassworksError as error:
        return Exit(JobState.FAILED, f"The work was done, but its result cannot be loaded: {error}")
    return left


def _cause(evidence: Evidence) -> str:
    code = evidence.exit_code
    if evidence.asked is Action.PAUSE:
        return "The worker did not pause in time and was ended."
    if evidence.machine_restarted:
        return "The machine was restarted during the work."
    if code is None:
        return "The worker's process is gone: it was killed, memory ran out, or the power failed."
    if code == -9:
        return "The worker was killed by SIGKILL: most often memory ran out, else somebody ended it."
    if code < 0:
        return f"The worker was ended by {signal_name(code)}."
    return f"The worker exited with code {code} and no last word; the end of the log may say why."
