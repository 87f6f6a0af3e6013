"""The tasks whose answers a model writes out."""

from pipelines.evaluation.tasks.task import Task
from pipelines.evaluation.tasks.writing.bbh.task import BBH
from pipelines.evaluation.tasks.writing.gsm8k import GSM8K, GSM8K_STEPS
from pipelines.evaluation.tasks.writing.humaneval.task import HUMANEVAL
from pipelines.evaluation.tasks.writing.ifeval.task import IFEVAL
from pipelines.evaluation.tasks.writing.toxicity import TOXICITY

WRITING: tuple[Task, ...] = (GSM8K, GSM8K_STEPS, *BBH, IFEVAL, HUMANEVAL, TOXICITY)
