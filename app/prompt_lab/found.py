"""What a run of the lab has found so far, for whoever may see it. A run is read again only when its files
have grown or it is to be read another way: one with thousands of traces takes seconds.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from app.job_panel.access import seen_jobs, seen_status
from app.services import Services
from pipelines.core.errors import NotFoundError
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import JobState
from pipelines.prompting.lab.records import FOLDER
from pipelines.prompting.lab.summary import Results, results_in
from pipelines.prompting.specs import Answers, PromptLabSpec

KIND = "prompt_lab"
_KEPT = 4  # results in memory
_MOST_JOBS = 1000
_WORKING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSING)


@dataclass(frozen=True)
class Found:
    """``results`` is None before anything was asked. Equal ``mark``\\ s are the same results in the same
    state."""

    status: JobStatus
    results: Results | None
    mark: tuple[Any, ...]

    @property
    def job(self) -> Job:
        return self.status.job

    @property
    def goes_on(self) -> bool:
        return self.job.state in _WORKING


class Finder:
    """Reads runs and keeps the last few. Every method asks first who wants to know."""

    def __init__(self, services: Services):
        self._services = services
        self._kept: OrderedDict[Any, Results | None] = OrderedDict()
        self._lock = threading.Lock()

    def runs(self, request: gr.Request) -> list[Job]:
        """This visitor's, the newest first."""
        return [job for job in seen_jobs(self._services, request, _MOST_JOBS) if job.kind == KIND]

    def found(self, job_id: Any, request: gr.Request, answers: Answers | None = None) -> Found:
        """Raises :class:`NotFoundError` for what is no run of this visitor's lab."""
        status = seen_status(self._services, job_id, request)
        if status.job.kind != KIND:
            raise NotFoundError(f"The job {str(job_id)[:40]} is no run of the prompt lab.")
        folder = self._services.settings.runs / status.job.id
        sizes = _sizes(folder / FOLDER)
        state = (status.job.id, status.job.state, sizes, status.phase, answers)
        return Found(status, self._read(folder, status.job, answers, sizes), state)

    def _read(self, folder: Path, job: Job, answers: Answers | None, sizes: Any) -> Results | None:
        key = (job.id, answers, sizes)
        with self._lock:  # of two who ask for the same, the second takes what the first has read
            if key not in self._kept:
                self._kept[key] = results_in(folder, PromptLabSpec.from_dict(job.spec), answers)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def _sizes(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes whenever a file of the folder does."""
    files = sorted(folder.glob("*.jsonl"))
    return tuple((file.name, (told := file.stat()).st_size, told.st_mtime_ns) for file in files)
