"""What MT-bench's two ways have in common: the rows, the answers, the judge. Standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Answerer, Item
from pipelines.evaluation.tasks.judged.conversation import answered
from pipelines.evaluation.tasks.judged.rows import reference_of, turns_of
from pipelines.evaluation.tasks.task import Setting, Task

WITH_REFERENCE = ("math", "reasoning", "coding")  # judged by a right answer where the row has one
LICENCE, SOURCE = "Apache-2.0", "github.com/lm-sys/FastChat (llm_judge)"
JUDGES = (
    "Grades are those of the judge: it may be wrong, favour long answers or its own style, and another judge "
    "gives other figures. Only results of the same judge can be compared."
)


@dataclass(frozen=True)
class Talk:
    """One item with the model's answers. ``reference`` is empty where no right answer is shown."""

    item: Item
    asked: tuple[str, ...]
    answers: tuple[str, ...]
    reference: tuple[str, ...]

    def prompt(self) -> str:
        return "\n\n".join(self.asked)


@dataclass(frozen=True, kw_only=True)
class Judged(Task):
    def check(self, row: Mapping[str, Any]) -> None:
        turns_of(row)

    def talks(self, items: Sequence[Item], model: Answerer, seed: int) -> list[Talk]:
        asked = [turns_of(item.fields) for item in items]
        answers = answered(asked, [_category(item) for item in items], model, seed)
        return [
            Talk(item, questions, tuple(texts), _reference(item))
            for item, questions, texts in zip(items, asked, answers, strict=True)
        ]


def judge_of(setting: Setting) -> Answerer:
    if setting.judge is None:
        raise GlassworksError("These answers are judged by another model: choose a judge.")
    return setting.judge


def _category(item: Item) -> str:
    return str(item.fields.get("category") or "")


def _reference(item: Item) -> tuple[str, ...]:
    return reference_of(item.fields) if _category(item) in WITH_REFERENCE else ()
