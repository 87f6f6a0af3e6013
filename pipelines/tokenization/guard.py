"""The guard around calls into the tokenizers library: all that it refuses becomes one error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.core.errors import GlassworksError


def reason_of(error: BaseException) -> str:
    """The first line of what a library says."""
    return (str(error).splitlines() or ["no reason given"])[0][:160]


@contextmanager
def guarded(refusal: str, error: type[GlassworksError] = GlassworksError) -> Iterator[None]:
    """Raise ``error`` with "``refusal``: the library's reason." for a fault inside. A panic in the library is
    no Exception; being told to end is let through."""
    try:
        yield
    except BaseException as fault:
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        raise error(f"{refusal}: {reason_of(fault)}.") from fault
