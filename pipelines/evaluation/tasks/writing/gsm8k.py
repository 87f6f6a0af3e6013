"""GSM8K (Cobbe et al. 2021): word problems of primary school, answered with a solution that ends in a number.
Two ways, as lm-evaluation-harness has them: with solved problems before, and by "Let's think step by step"
(Kojima et al. 2022). Standard library only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.evaluation.filters.filter import Filter
from pipelines.evaluation.filters.finding import Regex
from pipelines.evaluation.filters.matching import ExactMatch
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import HubPlace
from pipelines.evaluation.tasks.writing.exact import ExactTask, exact_match
from pipelines.evaluation.tasks.writing.putting import Put

# The number is all that counts: no thousands separators, no dollars, nothing before #### and no full stop.
MATCH = ExactMatch(ignored=(",", r"\$", r"(?s).*#### ", r"\.$"), ignore_case=True)
FLEXIBLE = Filter("flexible-extract", (Regex(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group=-1),))
HASHES = Filter("strict-match", (Regex(r"#### (\-?[0-9\.\,]+)"),))
SENTENCE = Filter("strict-match", (Regex(r"The answer is (\-?[0-9\.\,]+)."),))
_FIELDS = {"question": "the problem", "answer": "its solution, with #### and the number at the end"}
_WARNING = (
    "The strict figure counts only answers in the form asked for; the flexible one takes the last number, "
    "wherever it stands. A model that is cut off, or goes on with another problem, loses by both."
)


def _with_solved(item: Item, shots: Sequence[Mapping[str, Any]]) -> Put:
    return Put(_question(item.fields), [(_question(row), row["answer"]) for row in shots])


def _question(row: Mapping[str, Any]) -> str:
    return f"Question: {row['question']}\nAnswer:"


def _step_by_step(item: Item, shots: Sequence[Mapping[str, Any]]) -> Put:
    solved = [(_steps(row), row["answer"]) for row in shots]
    return Put(_steps(item.fields), solved)


def _steps(row: Mapping[str, Any]) -> str:
    return f"Q: {row['question']}\nA: Let's think step by step."


def _task(name: str, title: str, about: str, strict: Filter, form: str, **how: Any) -> ExactTask:
    metrics = (
        exact_match("strict-match", f"The number after “{form}” is the right one."),
        exact_match("flexible-extract", "The last number of the answer is the right one."),
    )
    return ExactTask(
        name=name,
        title=title,
        about=about,
        kind="writing",
        metrics=metrics,
        fields=_FIELDS,
        licence="MIT",
        source="github.com/openai/grade-school-math",
        hub=HubPlace("openai/gsm8k", "main", "test", "train"),
        warning=_WARNING,
        answer=lambda row: row["answer"],
        filters=lambda part: (strict, FLEXIBLE),
        match=MATCH,
        **how,
    )


GSM8K = _task(
    "gsm8k",
    "GSM8K",
    "1,319 word problems of primary school; the answer is worked out and ends in a number. Five solved ones "
    "before each are usual.",
    HASHES,
    "####",
    put=_with_solved,
    until=("Question:", "</s>", "<|im_end|>"),
)
GSM8K_STEPS = _task(
    "gsm8k_cot_zeroshot",
    "GSM8K, step by step",
    "The problems of GSM8K with “Let's think step by step” and no solved ones before.",
    SENTENCE,
    "The answer is",
    put=_step_by_step,
    until=("Q:", "</s>", "<|im_end|>"),
)
