"""What a script must know of a model: where a reader finds it, and what stands beneath it. No torch."""

from dataclasses import dataclass

from pipelines.core.settings import Settings
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.elsewhere import place_of, what_it_is
from pipelines.models.endpoints import Endpoint, endpoint
from pipelines.models.hub import on_disk
from pipelines.models.names import ModelName, Source, parse


@dataclass(frozen=True)
class Weights:
    """Folders or names of the Hub, as ``from_pretrained`` takes them: the full weights, the ``adapters`` upon
    them, the lowest first, and the tokenizer. ``virtual``: tokens that the last adapter puts before each
    text. ``said`` says what a reader needs for it."""

    base: str
    adapters: tuple[str, ...]
    tokenizer: str
    virtual: int
    said: tuple[str, ...]


def model_of(name: str, settings: Settings, catalogue: Catalogue) -> Weights | Endpoint:
    """Nothing is fetched. Raises :class:`NotFoundError` for a model that is gone and for an endpoint that is
    no longer configured."""
    parsed = parse(name)
    if parsed.source is Source.ENDPOINT:
        return endpoint(settings, name)
    if parsed.source is Source.HUB and not on_disk(parsed.rest):
        return Weights(parsed.rest, (), parsed.rest, 0, (_said(parsed),))
    return _weights(catalogue.place(name))


def _weights(place: Place) -> Weights:
    line = list(place.line())[::-1]
    names = [parse(at.name) for at in line]
    owner = next(name for name, at in zip(names, line, strict=True) if at.folder == place.tokenizer)
    where = tuple(map(place_of, names))
    return Weights(where[0], where[1:], place_of(owner), place.virtual_tokens, tuple(map(_said, names)))


def _said(name: ModelName) -> str:
    return f"{place_of(name)}: {what_it_is(name)}"
