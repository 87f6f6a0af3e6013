"""One addition at work: what its steps share, and how they notice that it is to end."""

import time
from dataclasses import dataclass, field
from typing import Any

from pipelines.rag.answers import Indexed
from pipelines.rag.indexing.items import Items
from pipelines.rag.indexing.readings import Readings
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.records import Collection, Item

_TELL_SECONDS = 0.5


class EndedError(Exception):
    """The addition was cancelled, or what it works on was deleted."""


@dataclass
class Work:
    """``library`` is the worker's; ``item`` the document at work, None between two, ``following`` the one
    after it."""

    library: Any
    collection: Collection
    items: Items
    revisions: Revisions
    readings: Readings
    item: Item | None = None
    following: Item | None = None
    _told: float = field(default=0.0, repr=False)

    def tell(self, phase: str, done: int | None = None, now: bool = False) -> Indexed | None:
        """The event of a step, some times a second, when it is also written down; else None. ``done`` are
        chunks of the document at work. Raises :class:`EndedError`."""
        if not now and time.monotonic() - self._told < _TELL_SECONDS:
            return None
        if not self.items.progress(phase, self.item, done):
            raise EndedError
        self._told = time.monotonic()
        return self.turn(phase)

    def turn(self, phase: str) -> Indexed:
        """An event that is not written down: here the work may be broken off at little cost."""
        return Indexed(phase, *self.items.counts())
