"""A job's context that asks for an action at a step, as a visitor would who presses the button then."""

from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action


class ScriptedContext(JobContext):
    """Asks for ``action`` from step ``at`` on."""

    def __init__(self, job: JobDir, action: Action | None = None, at: int = 0):
        super().__init__(job, "0123456789ab")
        self._action, self._at = action, at

    def asked(self) -> Action | None:
        return self._action if self._beat.step >= self._at else None
