"""The probes that score sentences."""

from pipelines.evaluation.tasks.probes.crows_pairs import BIAS_PAIRS, CROWS_PAIRS
from pipelines.evaluation.tasks.task import Task

PROBES: tuple[Task, ...] = (BIAS_PAIRS, CROWS_PAIRS)
