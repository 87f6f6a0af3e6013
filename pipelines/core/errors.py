"""The errors that a visitor may see. Every message says what is accepted and names nothing internal."""


class GlassworksError(Exception):
    """A fault whose message is written for the visitor."""


class SpecError(GlassworksError):
    """A value that a field does not accept: ``SpecError("batch_size", 0, "a number from 1 to 512")``.

    ``place`` is the number, from 0, of the one of several alike that the field belongs to.
    """

    place: int | None = None

    def __init__(self, field: str, value: object, accepted: str):
        self.field, self.value, self.accepted = field, value, accepted
        super().__init__(f"{field} accepts {accepted}; got {_shown(value)}.")


class NotFoundError(GlassworksError):
    """A name or id that stands for nothing here; the message lists what does exist where that is short."""


class NotAllowedError(GlassworksError):
    """The visitor has no right to do this."""


class ConflictError(GlassworksError):
    """The thing is in a state in which this cannot be done (pausing a finished job, say)."""


class UnreachedError(GlassworksError):
    """The database did not answer."""


class TooMuchError(GlassworksError):
    """A visitor has asked for more than is accepted; from ``seconds`` on there is room again (0: for this
    never, or nobody knows)."""

    seconds: float = 0.0

    def __init__(self, message: str, seconds: float = 0.0):
        self.seconds = seconds
        super().__init__(message)


class WorkerDiedError(GlassworksError):
    """The process that was computing the answer ended before it was done."""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
