"""Who answers for a model, by the model's name."""

from typing import TYPE_CHECKING

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.evaluation.records import Answerer, Progress
from pipelines.evaluation.specs import WHOLE
from pipelines.models.catalogue import Catalogue
from pipelines.models.endpoints import endpoint
from pipelines.models.names import Source, parse

if TYPE_CHECKING:
    from pipelines.models.loader import LoadedModel


def opened(
    name: str,
    settings: Settings,
    batch_tokens: int = 0,
    advance: Progress = lambda count: None,
    weights: str = WHOLE,
) -> Answerer:
    """A model of this machine or of the Hub is loaded, an adapter merged into its base; a server is asked
    nothing yet. ``advance`` hears how many asks more are answered, and may raise to stop. Raises
    :class:`GlassworksError` for what is neither, for a server whose key is not there, and for fewer bits of
    a server's weights."""
    if parse(name).source is Source.ENDPOINT:
        if weights != WHOLE:
            raise GlassworksError(f"{name} is a server: in how many bits its weights are is set there.")
        from pipelines.evaluation.answering.endpoint import EndpointAnswerer

        return EndpointAnswerer(endpoint(settings, name), advance)
    from pipelines.evaluation.answering.local import LocalAnswerer

    return LocalAnswerer(loaded(name, settings, weights), batch_tokens, advance)


def loaded(name: str, settings: Settings, weights: str = WHOLE) -> "LoadedModel":
    """The model itself, with ``int8`` or ``nf4`` in so few bits. Raises :class:`GlassworksError`."""
    from pipelines.models.devices import pick_device, use_threads
    from pipelines.models.loader import load_model

    use_threads(settings)
    place = Catalogue(settings).place(name)
    found = load_model(name, place.folder, pick_device(settings.device), place.base)
    if weights == WHOLE:
        return found
    from pipelines.models.fewer_bits import in_fewer_bits

    return in_fewer_bits(found, weights)
