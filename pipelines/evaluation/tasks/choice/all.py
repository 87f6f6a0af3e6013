"""All tasks whose options or continuations are scored."""

from pipelines.evaluation.tasks.choice.arc import ARC_CHALLENGE, ARC_EASY
from pipelines.evaluation.tasks.choice.blimp import BLIMP
from pipelines.evaluation.tasks.choice.bundled import BUNDLED
from pipelines.evaluation.tasks.choice.commonsense_qa import COMMONSENSE_QA
from pipelines.evaluation.tasks.choice.hellaswag import HELLASWAG
from pipelines.evaluation.tasks.choice.lambada import LAMBADA_OPENAI, LAMBADA_STANDARD
from pipelines.evaluation.tasks.choice.mmlu import MMLU
from pipelines.evaluation.tasks.choice.piqa import PIQA
from pipelines.evaluation.tasks.choice.truthfulqa import TRUTHFULQA_MC1, TRUTHFULQA_MC2
from pipelines.evaluation.tasks.choice.winogrande import WINOGRANDE
from pipelines.evaluation.tasks.task import Task

CHOICE: tuple[Task, ...] = (
    *BUNDLED,
    HELLASWAG,
    PIQA,
    ARC_EASY,
    ARC_CHALLENGE,
    COMMONSENSE_QA,
    WINOGRANDE,
    MMLU,
    TRUTHFULQA_MC1,
    TRUTHFULQA_MC2,
    BLIMP,
    LAMBADA_OPENAI,
    LAMBADA_STANDARD,
)
