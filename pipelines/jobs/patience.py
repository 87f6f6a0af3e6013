"""How long a worker may take to do what was asked of it before it is made to. Pure."""

from dataclasses import dataclass
from enum import Enum

from pipelines.jobs.states import Action


@dataclass(frozen=True)
class Patience:
    """Seconds. A pause may take a checkpoint of a large model; a cancel needs nothing to be kept.

    ``linger`` is how long a process may stay after its last word, and ``kill`` how long after a SIGTERM.
    Stop has no limit: it saves the result, and cancel is there for whoever will not wait.
    """

    cancel: float = 10.0
    pause: float = 120.0
    kill: float = 5.0
    linger: float = 30.0


class Push(Enum):
    NONE = 0
    TERMINATE = 1
    KILL = 2


def push(asked: Action | None, waited: float, patience: Patience) -> Push:
    """What is due ``waited`` seconds after the request.

    >>> push(Action.CANCEL, 11, Patience())
    <Push.TERMINATE: 1>
    """
    limits = {Action.CANCEL: patience.cancel, Action.PAUSE: patience.pause}
    if asked not in limits or waited <= limits[asked]:
        return Push.NONE
    return Push.KILL if waited > limits[asked] + patience.kill else Push.TERMINATE
