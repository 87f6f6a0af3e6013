"""Multiple choice: each option of an item is scored as the text's continuation, and the likeliest is the
model's answer. Standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.evaluation.records import Answerer, Ask, Item, Metric, Option, Outcome, Said
from pipelines.evaluation.tasks.choice.posing import Posed, accuracies
from pipelines.evaluation.tasks.choice.prompts import Lead
from pipelines.evaluation.tasks.shots import examples
from pipelines.evaluation.tasks.task import Setting, Task

Row = Mapping[str, Any]
ACC = Metric("acc", "The likeliest option is the right one.")
ACC_NORM = Metric("acc_norm", "As acc, by the log-probability for each character of the option.")
ACC_BYTES = Metric("acc_bytes", "As acc, by the log-probability for each UTF-8 byte of the option.")
BY_LENGTH = (ACC, ACC_NORM, ACC_BYTES)


@dataclass(frozen=True, kw_only=True)
class ChoiceTask(Task):
    """``pose`` says what of a row is asked, and raises SpecError for a row that it cannot read; ``measure``
    gives each metric of an item from its options' log-probabilities. ``describe`` is what is told first, of a
    part by its name; ``parted`` the part that a row names."""

    pose: Callable[[Row], Posed]
    measure: Callable[[Posed, Sequence[float]], Mapping[str, float]] = accuracies
    describe: Callable[[str], str] = lambda part: ""
    parted: Callable[[Row], str] = lambda row: ""
    delimiter: str = " "
    kind: str = "choice"

    def check(self, row: Row) -> None:
        self.pose(row)

    def part_of(self, row: Row) -> str:
        return self.parted(row)

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        asked = [self.asked(item, model, setting) for item in items]
        said = iter(model.score([ask for _, asks in asked for ask in asks]))
        return [
            self._outcome(item, posed, asks, [next(said) for _ in asks])
            for item, (posed, asks) in zip(items, asked, strict=True)
        ]

    def asked(self, item: Item, model: Answerer, setting: Setting) -> tuple[Posed, list[Ask]]:
        """An ask for each option."""
        posed = self.pose(item.fields)
        solved = tuple(self.pose(row).solved for row in examples(item, setting))
        lead = Lead(self.describe(item.part), solved, self.delimiter, setting.chat)
        before = {context: lead.before(context, model) for context in posed.contexts}
        pairs = zip(posed.contexts, posed.continuations, strict=True)
        return posed, [Ask(before[context], lead.continued(text)) for context, text in pairs]

    def _outcome(self, item: Item, posed: Posed, asks: Sequence[Ask], said: Sequence[Said]) -> Outcome:
        values = self.measure(posed, [one.log_prob for one in said])
        options = tuple(
            Option(text, one.log_prob, one.tokens, one.greedy, place in posed.right)
            for place, (text, one) in enumerate(zip(posed.options, said, strict=True))
        )
        return Outcome(
            id=item.id,
            part=item.part,
            values={metric.name: values[metric.name] for metric in self.metrics},
            prompt=asks[0].context,
            wanted=" / ".join(posed.options[place] for place in posed.right),
            options=options,
            details={"cut": cut} if (cut := max(one.cut for one in said)) else {},
        )
