"""Leaving a job before its end, because the page asked for it: the same for every kind that looks now and
then.
"""

from collections.abc import Callable
from typing import Any

from pipelines.jobs.context import JobContext
from pipelines.jobs.states import Action, JobState

_LEAVES = {Action.PAUSE: JobState.PAUSED, Action.CANCEL: JobState.CANCELLED}


class LeftEarly(Exception):
    """The job is to be left in ``state``."""

    def __init__(self, state: JobState):
        self.state = state


def asked_to_stop(context: JobContext) -> bool:
    """Whether to finish with what there is. Raises :class:`LeftEarly` when asked to pause or to cancel."""
    asked = context.asked()
    if asked in _LEAVES:
        raise LeftEarly(_LEAVES[asked])
    return asked is Action.STOP


def state_after(work: Callable[..., None], *args: Any) -> JobState:
    """Do the work; the state that it was left in."""
    try:
        work(*args)
    except LeftEarly as early:
        return early.state
    return JobState.SUCCEEDED
