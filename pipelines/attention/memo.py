"""Remembers the traces of recent subjects, so that a head of a text that is on the page costs one head."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from pipelines.attention.requests import Subject
from pipelines.attention.trace import Trace, trace
from pipelines.models.loader import LoadedModel
from pipelines.runtime.messages import Waiting

_MAX_BYTES = 1_500_000_000


class Traces:
    """The least recently used is forgotten first; one is kept however large. For one compute thread."""

    def __init__(self, max_bytes: int = _MAX_BYTES):
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[int, Subject], tuple[LoadedModel, Trace]] = OrderedDict()
        self._making: set[tuple[int, Subject]] = set()

    def get(self, loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
        """The trace; a generator, as :func:`~pipelines.attention.trace.trace`. Two who ask for the same at
        once wait for one pass. A model that was read anew is another model."""
        key = (id(loaded.model), subject)
        while key in self._making:
            yield Waiting()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][1]
        self._making.add(key)
        try:
            made = yield from trace(loaded, subject)
        finally:
            self._making.discard(key)
        self._kept[key] = loaded, made  # with the model, so that its id stays its own
        self._forget()
        return made

    def _forget(self) -> None:
        while len(self._kept) > 1 and sum(made.bytes for _, made in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)
