"""What is kept elsewhere: a source of files, and what it may ask of the place that they go to.

A name is a path with ``/`` within the place. Knows no Hub, no folder and no thread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipelines.core.errors import GlassworksError

Content = bytes | Path | None


class PlaceError(GlassworksError):
    """A place could not be read or written. ``after``: so many seconds it asks to be left alone."""

    def __init__(self, message: str, after: float = 0.0):
        self.after = after
        super().__init__(message)


class Place(Protocol):
    """All methods raise :class:`PlaceError`, and may be called again after it."""

    name: str  # as people call it

    def names(self) -> list[str]:
        """Of every file; none where nothing was kept yet."""

    def fetch(self, names: Sequence[str], into: Path) -> None:
        """Copy these files, each to its own name below ``into``."""

    def commit(self, changes: Mapping[str, Content], message: str) -> None:
        """Write each content, in this order; None takes the file away, or with a name that ends in ``/``
        the folder with all in it. What is not there already may be taken away."""


@dataclass(frozen=True)
class Batch:
    """Changes that are committed together, and what is done when every place has them."""

    changes: Mapping[str, Content]
    message: str
    done: Callable[[], None]


class Source(Protocol):
    """Things here, each of which remembers whether it was sent as it is now."""

    def waiting(self) -> int:
        """How many things are not sent."""

    def unsent(self) -> Batch | None:
        """The next of them; None when all is sent."""

    def restore(self, place: Place) -> list[str]:
        """Take in what the place has and is not known here; the names of files that were not sound."""
