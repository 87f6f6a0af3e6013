"""Remembers the traces of recent subjects, so that a head of a text that is on the page costs one head."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from pipelines.attention.looking import trace
from pipelines.attention.requests import Subject
from pipelines.attention.trace import Trace
from pipelines.models.loader import LoadedModel
from pipelines.runtime.messages import Waiting

MAX_BYTES = 1_000_000_000  # for one model


class Traces:
    """Those of one model. The least recently used is forgotten first; one is kept however large. For one
    compute thread."""

    def __init__(self, max_bytes: int = MAX_BYTES):
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Subject, Trace] = OrderedDict()
        self._making: set[Subject] = set()

    def get(self, loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
        """The trace; a generator, as :func:`~pipelines.attention.looking.trace`. Two who ask for the same at
        once wait for one pass."""
        while subject in self._making:
            yield Waiting()
        if subject in self._kept:
            self._kept.move_to_end(subject)
            return self._kept[subject]
        self._making.add(subject)
        try:
            made = yield from trace(loaded, subject)
        finally:
            self._making.discard(subject)
        self._kept[subject] = made
        while len(self._kept) > 1 and sum(one.bytes for one in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)
        return made


def trace_of(loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
    """The trace of a subject, made or remembered. What is remembered goes with the model: one that is read
    anew is another."""
    return loaded.notes.setdefault("traces", Traces()).get(loaded, subject)
