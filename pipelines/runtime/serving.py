"""An engine with models and handlers: what the worker process runs, and what runs inline. Imports torch."""

from collections.abc import Callable
from typing import Any

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.devices import pick_device, use_threads
from pipelines.models.loader import LoadedModel, load_model, memory_needed
from pipelines.runtime.cache import ModelCache, ModelSource
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Held
from pipelines.runtime.operations import INFERENCE


def build_engine(settings: Settings, send: Callable[[int, Any], None]) -> Engine:
    """Number 0 of ``send`` gets a Held whenever the models in memory change."""
    use_threads(settings)

    def changed(names: tuple[str, ...]) -> None:
        send(0, Held(names))

    cache = ModelCache(_source(settings), int(settings.max_models_gb * 1e9), changed)
    return Engine(INFERENCE.load_handlers(), cache, send)


def _source(settings: Settings) -> ModelSource:
    catalogue, device = Catalogue(settings), pick_device(settings.device)

    def size(name: str) -> int:
        place = catalogue.place(name)
        return memory_needed(place.folder, device, place.base)

    def load(name: str) -> LoadedModel:
        place = catalogue.place(name)
        return load_model(name, place.folder, device, place.base)

    return ModelSource(size, load)
