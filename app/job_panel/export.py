"""A job's events as a file for the visitor: the data behind the curves and the texts."""

import json

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
