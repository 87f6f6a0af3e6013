"""A job's files for the visitor: its events, the data behind the curves and the texts; its tokenizer."""

import json
from pathlib import Path

from pipelines.core.errors import NotFoundError
from pipelines.jobs.service import JobService

_MAX_CHARS = 20_000_000  # a run writes about a thousand readings and a few hundred texts: far below


def events_text(jobs: JobService, job_id: str) -> str:
    """JSON lines, oldest first, cut after about 20 MB."""
    lines, size, cursor = [], 0, 0
    while size < _MAX_CHARS:
        events, after = jobs.events(job_id, cursor)
        if after == cursor:
            break
        new = [json.dumps(event, ensure_ascii=False) + "\n" for event in events]
        lines, size, cursor = lines + new, size + sum(map(len, new)), after
    return "".join(lines)


def tokenizer_text(folder: Path) -> str:
    """The tokenizer.json of a folder."""
    try:
        return (folder / "tokenizer.json").read_text(encoding="utf-8")
    except OSError:
        raise NotFoundError("This tokenizer's tokenizer.json is gone.") from None
