"""Who answers for a model, by the model's name."""

from pipelines.core.settings import Settings
from pipelines.evaluation.records import Answerer, Progress
from pipelines.models.catalogue import Catalogue
from pipelines.models.endpoints import endpoint
from pipelines.models.names import Source, parse


def opened(
    name: str, settings: Settings, batch_tokens: int = 0, advance: Progress = lambda count: None
) -> Answerer:
    """A model of this machine or of the Hub is loaded, an adapter merged into its base; a server is asked
    nothing yet. ``advance`` hears how many asks more are answered, and may raise to stop. Raises
    :class:`GlassworksError` for what is neither, and for a server whose key is not there."""
    if parse(name).source is Source.ENDPOINT:
        from pipelines.evaluation.answering.endpoint import EndpointAnswerer

        return EndpointAnswerer(endpoint(settings, name), advance)
    from pipelines.evaluation.answering.local import LocalAnswerer
    from pipelines.models.devices import pick_device, use_threads
    from pipelines.models.loader import load_model

    use_threads(settings)
    place = Catalogue(settings).place(name)
    return LocalAnswerer(
        load_model(name, place.folder, pick_device(settings.device), place.base), batch_tokens, advance
    )
