"""A task's rows on the Hub, fetched once and kept in the data folder: the same items the next time, with a
network or without.
"""

import json
from itertools import islice
from pathlib import Path

from pipelines.common.hub_rows import HubRows
from pipelines.core.files import write_atomic
from pipelines.core.settings import Settings
from pipelines.evaluation.tasks.reading import MOST_ROWS, Row, rows_of
from pipelines.evaluation.tasks.task import HubPlace, Task

_PART = "{part}"
_OTHERWISE = "bring the set as a file, or take one that comes with the app"


def hub_rows(task: Task, place: HubPlace, part: str, settings: Settings) -> list[Row]:
    """Of ``part``, or of all parts. Raises as :class:`HubRows` does."""
    folder = settings.home.resolve() / "benchmarks"
    if _PART not in place.config:
        return rows_of(_kept(place, folder))
    found = []
    for name in (part,) if part else task.parts:
        config = place.config.replace(_PART, name)
        rows = rows_of(_kept(HubPlace(place.repo, config, place.split), folder))
        found += [row._replace(part=name) for row in rows]
    return found


def _kept(place: HubPlace, folder: Path) -> Path:
    file = folder / f"{place.repo.replace('/', '--')}--{place.config or 'default'}--{place.split}.jsonl"
    if not file.is_file():
        _, rows = HubRows(place.repo, place.config, place.split, _OTHERWISE).open()
        lines = [json.dumps(row, default=str) + "\n" for row in islice(rows, MOST_ROWS)]
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(file, "".join(lines))
    return file
