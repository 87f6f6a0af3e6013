"""How the Decoding tab and its endpoint ask the inference worker. Knows nothing of Gradio."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from app.access import check_model, entry_of
from app.identity import Visitor
from app.model_picker import default_model
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.generation.comparing import MAX_COLUMNS, DecodeRequest
from pipelines.generation.strategy import Strategy, strategy
from pipelines.runtime.messages import answer_of

_ACCEPTED = f"a list of 1 to {MAX_COLUMNS} objects with name and parameters"


def strategies_of(given: Any) -> tuple[Strategy, ...]:
    """From JSON: a list of ``{"name": …, "parameters": {…}}`` or its text. Raises SpecError naming the
    setting, its ``place`` being the strategy's.

    >>> strategies_of('[{"name": "top_k"}]')[0].top_k
    40
    """
    if isinstance(given, str):
        with suppress(ValueError, RecursionError):
            given = json.loads(given)
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_COLUMNS:
        raise SpecError("strategies", given if not isinstance(given, list) else len(given), _ACCEPTED)
    return tuple(_strategy(place, one) for place, one in enumerate(given))


def decode_request(
    services: Services, visitor: Visitor, model: str, prompt: str, strategies: Any, **more: Any
) -> DecodeRequest:
    """A checked request; an empty ``model`` means the first of the house. ``strategies`` as
    :func:`strategies_of` takes them; ``more`` are fields of the request. Raises a GlassworksError."""
    name = model or default_model(services)
    if not name:
        raise NotFoundError("There is no model here yet. Train one in the Pretrain tab first.")
    request = DecodeRequest(name, prompt, strategies_of(strategies), **more)
    for other in request.models:
        entry_of(services, visitor, other)
    return request


def stream(services: Services, visitor: Visitor, request: DecodeRequest) -> Iterator[Any]:
    """The events of a request."""
    for name in request.models:
        check_model(name, visitor)
    return services.runtime.stream(request)


def ask(services: Services, visitor: Visitor, request: Any) -> Any:
    """The answer to a request that is answered once (:class:`StepRequest`). Raises a GlassworksError."""
    check_model(request.model, visitor)
    return answer_of(services.runtime.stream(request))


def _strategy(place: int, one: Any) -> Strategy:
    try:
        if not isinstance(one, dict) or not {*one} <= {"name", "parameters"} or "name" not in one:
            raise SpecError("strategies", one, "objects with name and, where wanted, parameters")
        return strategy(one["name"], one.get("parameters"))
    except SpecError as error:
        error.place = place
        raise
