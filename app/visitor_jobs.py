"""Jobs that visitors may start on a Space: runs of the prompt lab and evaluations, which make no model. One
of each visitor at a time, with what is on the Space, and a few minutes at a stretch
(:mod:`pipelines.jobs.stretch`). All others are the owner's.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.identity import Identity, Visitor
from app.limits import Limits
from pipelines.core.errors import TooMuchError
from pipelines.core.ids import OWNER_ID
from pipelines.core.settings import Settings
from pipelines.evaluation.specs import TEXT, EvalSpec
from pipelines.evaluation.tasks.registry import task_named
from pipelines.jobs.service import Job, JobService
from pipelines.prompting.lab.questions import from_the_hub
from pipelines.prompting.specs import PromptLabSpec

KINDS = ("prompt_lab", "evaluate")
FROM_ONE_ADDRESS, OF_ALL = 4, 12
_COME_BACK = "Come back when one of them is over."
_LATER = 60.0  # seconds after which a run that was one too many may be tried again


def starts_jobs(settings: Settings, kind: str) -> bool:
    """Whether a visitor may start jobs of this kind; away from Spaces those of every kind."""
    return not settings.on_space or (kind in KINDS and settings.visitor_job_minutes > 0)


class VisitorJobs:
    """Safe to share between threads."""

    def __init__(self, settings: Settings, identity: Identity, limits: Limits, jobs: JobService):
        self._settings, self._identity, self._limits, self._jobs = settings, identity, limits, jobs
        self._addresses: dict[str, str] = {}  # job id → where it was asked for; what a restart forgets
        self._lock = threading.Lock()

    def admit(self, kind: str, spec: Any, request: gr.Request) -> None:
        """Raise a GlassworksError for what this visitor may not have run here; ``spec`` is None for a job
        that was let in before."""
        visitor = self._identity.visitor(request)
        if not starts_jobs(self._settings, kind):
            self._identity.require_owner(visitor, "start jobs on it (training, cleaning, tokenizers)")
        if self._settings.on_space and (what := _for_owners(spec)):
            self._identity.require_owner(visitor, what)

    def put(self, request: gr.Request, start: Callable[[], Job]) -> Job:
        """``start`` a job in this visitor's name, or take one up again, if there is room for it."""
        visitor = self._identity.visitor(request)
        if visitor.is_owner or not self._settings.on_space:
            return start()
        _, *addresses = self._limits.keys(visitor, request)
        with self._lock:
            self._check_room(visitor, addresses)
            job = start()
            self._addresses[job.id] = "".join(addresses)
        return job

    def _check_room(self, visitor: Visitor, addresses: list[str]) -> None:
        others = [job for job in self._jobs.under_way() if job.owner != OWNER_ID]
        self._addresses = {job.id: self._addresses.get(job.id, "") for job in others}
        from_here = Counter(self._addresses.values())
        if any(job.owner == visitor.id for job in others):
            raise _refusal("One run at a time is accepted from a visitor here", "Wait for yours, or stop it.")
        if any(from_here[one] >= FROM_ONE_ADDRESS for one in addresses):
            told = f"At most {FROM_ONE_ADDRESS} runs of visitors at a time are accepted from one address"
            raise _refusal(told, _COME_BACK)
        if len(others) >= OF_ALL:
            raise _refusal(f"{OF_ALL} runs of visitors wait here already", _COME_BACK)


def _refusal(told: str, then: str) -> TooMuchError:
    return TooMuchError(f"{told}. {then}", _LATER)


def _for_owners(spec: Any) -> str:
    """What of this run is for the owner of a Space, to complete "Only the owner may …"; empty: nothing."""
    match spec:
        case PromptLabSpec() if "python" in spec.tools.tools:
            return "let a model's programs run"
        case PromptLabSpec() if from_the_hub(spec):
            return "fetch data from the Hub"
        case EvalSpec():
            tasks = [task_named(name)[0] for name in spec.tasks if not name.startswith(TEXT)]
            if any(task.programs for task in tasks):
                return "let a model's programs run"
            if not spec.file and not all(task.bundled for task in tasks):
                return "fetch data from the Hub"
    return ""
