"""The tasks whose answers another model judges."""

from pipelines.evaluation.tasks.judged.graded import MT_BENCH
from pipelines.evaluation.tasks.judged.pairs import MT_BENCH_PAIRS
from pipelines.evaluation.tasks.task import Task

JUDGED: tuple[Task, ...] = (MT_BENCH, MT_BENCH_PAIRS)
