"""The first rows of a public set on the Hub."""

from itertools import islice
from typing import Any

from pipelines.common.hub_rows import HubRows
from pipelines.prompting.tasks.public.sets import HubPlace

_OTHERWISE = "bring the set as a file, or take a set that is made here"


def hub_rows(place: HubPlace, most: int) -> list[dict[str, Any]]:
    """The first rows, with all their columns. Raises as :class:`HubRows` does."""
    _, rows = HubRows(place.repo, place.config, place.split, _OTHERWISE).open()
    return list(islice(rows, most))
