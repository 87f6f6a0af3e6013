"""A refusal at the door, before Gradio has seen the request: our message as JSON, with its status."""

import math

from starlette.responses import JSONResponse

from pipelines.core.errors import GlassworksError, TooMuchError


def status_of(error: GlassworksError) -> int:
    return 429 if isinstance(error, TooMuchError) else 403


def headers_of(error: GlassworksError) -> dict[str, str]:
    """When to come back, where that is known."""
    seconds = error.seconds if isinstance(error, TooMuchError) else 0.0
    return {"Retry-After": str(math.ceil(seconds))} if seconds else {}


def refusal(error: GlassworksError) -> JSONResponse:
    """The connection is closed: the rest of the request is not wanted."""
    headers = headers_of(error) | {"Connection": "close"}
    return JSONResponse({"detail": str(error)}, status_code=status_of(error), headers=headers)
