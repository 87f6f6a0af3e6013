"""How long a job may hold the device at a stretch. On a Space a visitor's is paused after some minutes, with
its place kept, so that nobody waits long for a stranger's run; it goes on from there when it is resumed.
"""

import math
import time
from dataclasses import replace

from pipelines.core.ids import OWNER_ID
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.states import JobState
from pipelines.jobs.store import Job


def minutes_words(minutes: float) -> str:
    """``1 minute``, ``2.5 minutes``"""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


class Stretch:
    """Knows the settings; a job without a limit has ``inf`` seconds."""

    def __init__(self, settings: Settings | None = None):
        self._minutes = settings.visitor_job_minutes if settings is not None and settings.on_space else 0.0

    def seconds(self, job: Job) -> float:
        return 60 * self._minutes if self._minutes and job.owner != OWNER_ID else math.inf

    def is_over(self, job: Job) -> bool:
        return time.time() - (job.started or math.inf) >= self.seconds(job)

    def told(self, job: Job, end: Exit) -> Exit:
        """How the job ended, with the reason where that was its time."""
        if end.state is not JobState.PAUSED or not self.is_over(job):
            return end
        long = minutes_words(self._minutes)
        why = f"Paused after {long}, as every visitor's run here is: resume it to go on."
        return replace(end, message=why)
