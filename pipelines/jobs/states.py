"""The states of a job, and what may be asked of a job in each."""

from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the process ended without saying why: killed, out of memory, power cut

    @property
    def live(self) -> bool:
        """A process should exist for it."""
        return self in (JobState.RUNNING, JobState.PAUSING)

    @property
    def final(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Action(StrEnum):
    PAUSE = "pause"  # checkpoint, exit, keep the place: resume goes on from there
    RESUME = "resume"  # back into the queue, from the last checkpoint
    STOP = "stop"  # finish now: checkpoint and keep what was learnt as the artefact
    CANCEL = "cancel"  # end now and discard the artefact


ALLOWED: dict[Action, frozenset[JobState]] = {
    Action.PAUSE: frozenset({JobState.RUNNING}),
    Action.RESUME: frozenset({JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED}),
    Action.STOP: frozenset({JobState.RUNNING, JobState.PAUSING}),
    Action.CANCEL: frozenset(
        {JobState.QUEUED, JobState.RUNNING, JobState.PAUSING, JobState.PAUSED, JobState.INTERRUPTED}
    ),
}


def allowed_actions(state: JobState) -> tuple[Action, ...]:
    """What the page may offer for a job in this state, in the order of :class:`Action`."""
    return tuple(action for action in Action if state in ALLOWED[action])
