"""A task whose answer is a short text, read out of what the model wrote by filters and compared exactly.
Standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.evaluation.filters.filter import Filter
from pipelines.evaluation.filters.matching import ExactMatch
from pipelines.evaluation.records import Answerer, Item, Metric, Outcome, Write
from pipelines.evaluation.tasks.shots import examples
from pipelines.evaluation.tasks.task import Setting, Task
from pipelines.evaluation.tasks.writing.fields import need_text
from pipelines.evaluation.tasks.writing.putting import Put

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ExactTask(Task):
    """``put`` says how a row is asked, with the solved ones before it; ``answer`` is what a row wants;
    ``filters`` are those of a part. A metric is ``exact_match,`` and the name of its filter."""

    put: Callable[[Item, Sequence[Row]], Put]
    answer: Callable[[Row], str]
    filters: Callable[[str], tuple[Filter, ...]]
    until: tuple[str, ...]
    match: ExactMatch = field(default_factory=ExactMatch)
    max_new_tokens: int = 256

    def check(self, row: Row) -> None:
        need_text(row, *self.fields)

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        prompts = [self.put(item, examples(item, setting)).context(model, setting.chat) for item in items]
        written = model.write([Write(prompt, self.until, self.max_new_tokens) for prompt in prompts])
        return [
            self.outcome(item, prompt, texts)
            for item, prompt, texts in zip(items, prompts, written, strict=True)
        ]

    def outcome(self, item: Item, prompt: str, texts: tuple[str, ...]) -> Outcome:
        wanted = self.answer(item.fields)
        read = {each.name: each.read(texts, item.fields) for each in self.filters(item.part)}
        values = {f"exact_match,{name}": float(self.match.same(text, wanted)) for name, text in read.items()}
        return Outcome(
            item.id, item.part, values, prompt, self.match.kept(wanted), texts=tuple(texts), read=read
        )


def exact_match(name: str, about: str) -> Metric:
    return Metric(f"exact_match,{name}", about)
