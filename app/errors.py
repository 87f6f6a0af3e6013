"""How a fault reaches the visitor: a GlassworksError by its message, anything else by a sentence that says
nothing of the inside, with the traceback in the server's log.
"""

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from pipelines.core.disk import is_full
from pipelines.core.errors import (
    ConflictError,
    GlassworksError,
    NotAllowedError,
    NotFoundError,
    SpecError,
    TooMuchError,
    WorkerDiedError,
)

_LOG = logging.getLogger("glassworks")
_FULL = (
    "The server's disk is full, so this could not be kept. Some space must be freed first: delete jobs, "
    "models or other files on that disk, then try again."
)
_UNEXPECTED = "Something went wrong here; it is written in the server's log. Please try again."
_TITLES = {
    SpecError: "A value does not fit",
    NotFoundError: "Not found",
    NotAllowedError: "Not allowed",
    ConflictError: "Not possible now",
    TooMuchError: "More than is accepted",
    WorkerDiedError: "The computation ended early",
}


def message_of(error: BaseException) -> str:
    """The sentence for the visitor; an error that was not written for visitors is logged, not shown."""
    if isinstance(error, GlassworksError):
        return str(error)
    _LOG.error("unexpected error", exc_info=error)
    return _FULL if is_full(error) else _UNEXPECTED


def title_of(error: BaseException) -> str:
    kinds = (title for kind, title in _TITLES.items() if isinstance(error, kind))
    return next(kinds, "That did not work")


def as_gradio(error: Exception) -> gr.Error:
    """A toast on the page, an error with this message for an API client."""
    if isinstance(error, gr.Error):
        return error
    return gr.Error(message_of(error), title=title_of(error), duration=12, print_exception=False)


def shown(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a callback (plain or generator) so that whatever it raises reaches the visitor well."""
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from function(*args, **kwargs)
            except Exception as error:
                raise as_gradio(error) from None

        return stream

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise as_gradio(error) from None

    return call
