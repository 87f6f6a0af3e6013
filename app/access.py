"""Which models a visitor may ask for, and the text a request becomes. Shared by the page and the API."""

from typing import Any

from app.identity import Visitor
from app.model_picker import default_model
from app.services import Services
from pipelines.core.errors import NotAllowedError, NotFoundError
from pipelines.generation.requests import GenerateRequest
from pipelines.generation.specs import DecodingSpec
from pipelines.models import minilm
from pipelines.models.entries import ModelEntry
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse

_FOR_ALL = (Source.HOUSE, Source.RUN)


def check_model(name: str, visitor: Visitor) -> None:
    """Visitors use what comes with the app, was made here, or is of the Hub and was opened to them by the
    owner; only the owner reads other folders of this disk or fetches anything from the Hub."""
    if name in visitor.models or parse(name).source in _FOR_ALL or (name == minilm.NAME and minilm.folder()):
        return
    if not visitor.is_owner:
        raise NotAllowedError(
            f"Visitors may use {', '.join(['house/<name>', 'run/<job id>', *sorted(visitor.models)])}; "
            "another Hub model or a folder is for the owner."
        )


def entry_of(services: Services, visitor: Visitor, name: str) -> ModelEntry | None:
    """What is known of a model that the visitor may ask for; None for one of the Hub that is not here, which
    the worker fetches (that may take minutes). Raises a GlassworksError for what is not there or not for this
    visitor."""
    check_model(name, visitor)
    parsed = parse(name)
    fetched_first = parsed.source is Source.HUB and not on_disk(parsed.rest)
    return None if fetched_first else services.models.get(name)


def generate_request(
    services: Services, visitor: Visitor, model: str, prompt: str, decoding: dict[str, Any]
) -> GenerateRequest:
    """A checked request; an empty ``model`` means the first of the house. Raises a GlassworksError."""
    name = model or default_model(services)
    if not name:
        raise NotFoundError("There is no model here yet. Train one in the Pretrain tab first.")
    request = GenerateRequest(name, prompt, DecodingSpec.from_dict(decoding))
    entry_of(services, visitor, name)
    return request
