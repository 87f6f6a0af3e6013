"""Handlers of the requests about which models are in memory."""

from collections.abc import Iterator
from typing import Any

from pipelines.runtime.cache import ModelCache
from pipelines.runtime.messages import PreloadRequest, UnloadRequest


def preload(request: PreloadRequest, models: ModelCache) -> Iterator[Any]:
    with models.use(request.model) as use:
        yield from use.ready()


def unload(request: UnloadRequest, models: ModelCache) -> Iterator[Any]:
    models.unload(request.model)
    yield None
