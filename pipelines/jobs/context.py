"""What a runner holds while it works on a job: where to report, and what is asked of it.

Knows no torch, so that any kind of work can use it.
"""

import contextlib
import math
import os
import threading
import time
from dataclasses import replace
from typing import Any

import psutil

from pipelines.jobs.job_dir import Heartbeat, JobDir
from pipelines.jobs.states import Action

_BEAT_SECONDS = 1.0


class JobContext:
    """Reports events and progress, and answers what was asked. Use as a context manager: it beats inside."""

    def __init__(self, job_dir: JobDir, job_id: str):
        self.dir, self.job_id = job_dir, job_id
        created = psutil.Process().create_time()
        self._beat = Heartbeat(os.getpid(), created, time.time())
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True)

    def __enter__(self) -> "JobContext":
        self._try_to_write()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._try_to_write()

    def emit(self, type: str, **fields: Any) -> None:
        """Append an event: see the table in ``docs/jobs.md``. A number that is not finite becomes null."""
        self.dir.append({"type": type, **{k: _finite(v) for k, v in fields.items()}})

    def notice(self, message: str) -> None:
        """Something the visitor should know, such as a fallback that was taken."""
        self.emit("notice", message=message)

    def phase(self, name: str, step: int = 0, total: int = 0) -> None:
        """Enter a named part of the work: *reading the corpus*, *training*, *saving*."""
        self.emit("phase", phase=name)
        self.progress(step, total, phase=name)

    def progress(self, step: int, total: int, phase: str | None = None, **metrics: float) -> None:
        """The newest figures; they reach the heartbeat file with the next beat."""
        merged = {**self._beat.metrics, **{k: v for k, v in metrics.items() if _finite(v) is not None}}
        name = self._beat.phase if phase is None else phase
        self._beat = replace(self._beat, phase=name, step=step, total=total, metrics=merged)

    @property
    def doing(self) -> str:
        """The part of the work that is under way, as the page names it; empty before the first."""
        return self._beat.phase

    def asked(self) -> Action | None:
        """Pause, stop or cancel when the page asked for it, else None. Cheap: one small read."""
        return self.dir.asked()

    def _keep_beating(self) -> None:
        while not self._done.wait(_BEAT_SECONDS):
            self._try_to_write()

    def _try_to_write(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not end the work through its heartbeat
            self.dir.beat(replace(self._beat, time=time.time()))


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
