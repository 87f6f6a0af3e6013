"""Rows of the Hub kept in the data folder: a run that begins again asks the same items, with a network or
without.
"""

import json
from pathlib import Path
from typing import Any

from pipelines.core.files import write_atomic
from pipelines.prompting.tasks.own.limits import PUBLIC as LIMITS
from pipelines.prompting.tasks.public.hub import hub_rows
from pipelines.prompting.tasks.public.sets import HubPlace


def kept_rows(place: HubPlace, folder: Path | None) -> list[dict[str, Any]]:
    """Those of an earlier time, or fetched now; without a ``folder`` always fetched. Raises as
    :func:`hub_rows`."""
    if folder is None:
        return hub_rows(place, LIMITS.items)
    file = folder / f"{place.repo.replace('/', '--')}--{place.config or 'default'}--{place.split}.jsonl"
    if not file.is_file():
        rows = hub_rows(place, LIMITS.items)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(file, "".join(json.dumps(row, default=str) + "\n" for row in rows))
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
