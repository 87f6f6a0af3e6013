"""Curves of runs read from their folders once for everyone who looks at them.

What is kept is only what the folders say, so it may be dropped at any moment; who may see a run is asked
elsewhere, before its id comes here.
"""

import threading
from collections import OrderedDict

from app.compare.curves import Curves, folded
from pipelines.jobs.service import JobService

_KEPT = 48  # runs; the curves of one take about half a megabyte
_MAX_BLOCKS = 64  # of events at one go: a bound, not a limit that a run meets


class CurveReader:
    """Safe to share between threads. A read costs what the run has written since the last one."""

    def __init__(self, jobs: JobService):
        self._jobs = jobs
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[int, Curves]] = OrderedDict()

    def read(self, job_id: str) -> Curves:
        """The curves as they stand now: the same object while nothing new was written.

        Raises NotFoundError for a job that is gone.
        """
        with self._lock:
            cursor, curves = self._known.pop(job_id, (0, Curves()))
            for _ in range(_MAX_BLOCKS):
                events, after = self._jobs.events(job_id, cursor)
                if after == cursor:
                    break
                cursor, curves = after, folded(curves, events)
            self._known[job_id] = (cursor, curves)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return curves
