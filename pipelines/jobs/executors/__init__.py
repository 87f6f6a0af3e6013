"""Where jobs run: on this machine, or on a Ray cluster."""

from pipelines.core.settings import Settings
from pipelines.jobs.executors.base import Executor
from pipelines.jobs.executors.local import LocalExecutor
from pipelines.jobs.executors.ray import RayExecutor

_MADE = {"local": LocalExecutor, "ray": RayExecutor}


def executor(settings: Settings) -> Executor:
    """The one that ``GLASSWORKS_EXECUTOR`` names."""
    return _MADE[settings.executor](settings)
