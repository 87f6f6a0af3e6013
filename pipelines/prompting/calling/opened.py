"""Who answers the calls of a model, by the model's name."""

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.endpoints import endpoint
from pipelines.models.names import Source, parse
from pipelines.prompting.calling.caller import Caller


def open_caller(name: str, settings: Settings) -> Caller:
    """A model of this machine is loaded; a server is not asked anything yet. Raises :class:`GlassworksError`
    for what is neither, and for a server whose key is not there."""
    parsed = parse(name)
    if parsed.source is Source.ENDPOINT:
        from pipelines.prompting.calling.endpoints import EndpointCaller

        return EndpointCaller(endpoint(settings, name))
    from pipelines.models.devices import pick_device, use_threads
    from pipelines.models.loader import load_model
    from pipelines.prompting.calling.local import LocalCaller

    use_threads(settings)
    place = Catalogue(settings).place(name)
    return LocalCaller(load_model(name, place.folder, pick_device(settings.device), place.base))
