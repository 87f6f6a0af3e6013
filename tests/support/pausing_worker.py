"""A job's worker that is asked to pause at a step: ``python -m tests.support.pausing_worker JOBDIR STEP``.

Of several processes only the first is asked, as only it may see a request that comes at a bad moment.
"""

import sys

from pipelines import worker
from pipelines.jobs.states import Action


class _Asked(worker.WorkerContext):
    def asked(self) -> Action | None:
        return Action.PAUSE if self._beat.step >= int(sys.argv[2]) else super().asked()


if __name__ == "__main__":
    worker.WorkerContext = _Asked  # the other processes' context is a class of its own
    sys.exit(worker.main(sys.argv[1:2]))
