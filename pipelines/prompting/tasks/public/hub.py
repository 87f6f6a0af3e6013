"""Rows of a data set on the Hub, streamed; only data files are read, never code. For a worker: the library is
heavy and the network slow, so both come when they are asked for.
"""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.prompting.tasks.public.sets import HubPlace

_SAID_CHARS = 300


class HubRowsError(GlassworksError):
    """The Hub could not be asked, or has no rows under this name that can be read here."""


def hub_rows(place: HubPlace, most: int) -> list[dict[str, Any]]:
    """The first rows, with all their columns. Raises NotFoundError when the Hub has no such data set and
    HubRowsError when it cannot be reached or read."""
    try:
        return [dict(row) for row in islice(_streamed(place), most)]
    except Exception as fault:  # the library raises many kinds, also in the middle of the rows
        raise _explained(place, fault) from fault


def _streamed(place: HubPlace) -> Iterator[dict[str, Any]]:
    from datasets import load_dataset

    # On a public Space the owner's token must not open private data to visitors.
    token = False if os.environ.get("SPACE_ID") else None
    name = place.config or None
    yield from load_dataset(place.repo, name, split=place.split, streaming=True, token=token)


def _explained(place: HubPlace, fault: Exception) -> GlassworksError:
    """By the names of its classes: what could not be imported cannot be asked for them."""
    kinds = {kind.__name__ for kind in type(fault).__mro__}
    said = " ".join(str(fault).split())[:_SAID_CHARS]
    if "gated" in said.lower():
        return HubRowsError(f"{place.repo} is gated: accept its terms on the Hub, then set HF_TOKEN here.")
    if "DatasetNotFoundError" in kinds:
        return NotFoundError(f"The Hub has no public data set named {place.repo!r}.")
    if "script" in said and isinstance(fault, RuntimeError):
        return HubRowsError(f"{place.repo} needs a script of its own to be read, and such code is never run.")
    if kinds & {"OSError", "HTTPError"}:  # offline, refused, timed out
        return HubRowsError(
            f"The Hugging Face Hub cannot be reached to read {place.repo}. Go online and try again, or bring "
            "the set as a file, or take a set that is made here."
        )
    return HubRowsError(f"{place.repo} cannot be read under this name: {said}")  # names what does exist
