"""Rows of a data set on the Hub, streamed and never whole; only data files are read, never code.

The address comes from ``HF_ENDPOINT`` and the cache from ``HF_HOME``, as in every Hugging Face library. For a
worker: the library is heavy and the network slow, so both come when they are asked for.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError, NotFoundError

_SAID_CHARS = 300


class HubDataError(GlassworksError):
    """The data set could not be reached, or has nothing that can be read here."""


@dataclass(frozen=True)
class HubRows:
    """``config`` is empty where there is only one. ``otherwise`` ends the message where the Hub cannot be
    reached: what the visitor can do instead."""

    repo: str
    config: str
    split: str
    otherwise: str

    def open(self) -> tuple[Mapping[str, Any], Iterator[dict[str, Any]]]:
        """Column → feature as the library describes it (empty where it does not), and the rows. Opening and
        reading raise NotFoundError when the Hub has no such data set and HubDataError when it cannot be
        reached or read."""
        try:
            rows = _loaded(self)
        except Exception as fault:
            raise self._explained(fault) from fault
        return getattr(rows, "features", None) or {}, self._reported(rows)

    def _reported(self, rows: Any) -> Iterator[dict[str, Any]]:
        """What the library raises in the middle of the rows, in words for the visitor."""
        source = iter(rows)
        while True:
            try:
                row = next(source, None)
            except Exception as fault:
                raise self._explained(fault) from fault
            if row is None:
                return
            yield dict(row)

    def _explained(self, fault: Exception) -> GlassworksError:
        """By the names of its classes: what could not be imported cannot be asked for them."""
        kinds = {kind.__name__ for kind in type(fault).__mro__}
        said = " ".join(str(fault).split())[:_SAID_CHARS]
        if "gated" in said.lower():
            return HubDataError(f"{self.repo} is gated: accept its terms on the Hub, then set HF_TOKEN here.")
        if "DatasetNotFoundError" in kinds:
            return NotFoundError(f"The Hub has no public data set named {self.repo!r}; names are owner/name.")
        if "script" in said and isinstance(fault, RuntimeError):
            return HubDataError(
                f"{self.repo} needs a script of its own to be read, and such code is never run."
            )
        if kinds & {"OSError", "HTTPError"}:  # offline, refused, timed out
            return HubDataError(
                f"The Hugging Face Hub cannot be reached to read {self.repo}. Go online and try again, or "
                f"{self.otherwise}."
            )
        # Of a config or split that does not exist the message lists those that do.
        return HubDataError(f"{self.repo} cannot be read under this name: {said}")


def _loaded(rows: HubRows) -> Any:
    from datasets import load_dataset

    # On a public Space the owner's token must not open private data to visitors.
    token = False if os.environ.get("SPACE_ID") else None
    return load_dataset(rows.repo, rows.config or None, split=rows.split, streaming=True, token=token)
