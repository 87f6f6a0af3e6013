"""Answers a LanguageRequest inside the worker: small batches, so that others are answered in between."""

from collections.abc import Iterator
from typing import Any

from pipelines.evaluation.language.measure import measuring
from pipelines.evaluation.language.requests import LanguageRequest, Measuring

_BATCH, _KEPT = 1_024, 4_096  # tokens


def language(request: LanguageRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, then Measuring, then a LanguageResult."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        steps = measuring(loaded, [request.text], request.context, request.stride, _BATCH, _KEPT)
        read = 0
        while True:
            try:
                read += next(steps)
            except StopIteration as end:
                yield end.value
                return
            yield Measuring(read, len(request.text))
