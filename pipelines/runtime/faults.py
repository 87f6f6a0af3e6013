"""Errors as messages and back: what a visitor may see crosses the process border, a traceback does not."""

import logging

from pipelines.core import errors
from pipelines.core.errors import GlassworksError
from pipelines.runtime.messages import Failed

_log = logging.getLogger(__name__)


def as_failed(error: Exception) -> Failed:
    """A GlassworksError keeps its message; anything else is logged in full and shown in general words."""
    if isinstance(error, GlassworksError):
        return Failed(_known_kind(type(error)), str(error))
    _log.error("a request failed", exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return Failed(
            "GlassworksError", "There is not enough memory for this; try a smaller model or less text."
        )
    return Failed("GlassworksError", "This could not be computed; the worker's log says why.")


def as_error(failed: Failed) -> GlassworksError:
    """The error to raise on the page's side."""
    cls = getattr(errors, failed.kind, GlassworksError)
    error = cls.__new__(cls)  # not through __init__: SpecError's takes the parts of a message that is written
    error.args = (failed.message,)
    return error


def _known_kind(cls: type) -> str:
    """The nearest class that :mod:`pipelines.core.errors` has: topics may have errors of their own."""
    return next(base.__name__ for base in cls.__mro__ if getattr(errors, base.__name__, None) is base)
