"""One continuation is scored: how likely the text's own next words are. Standard library only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.evaluation.records import Answerer, Ask, Item, Metric, Option, Outcome, Said
from pipelines.evaluation.tasks.choice.prompts import Lead
from pipelines.evaluation.tasks.shots import examples
from pipelines.evaluation.tasks.task import Setting, Task

Row = Mapping[str, Any]
PERPLEXITY = Metric(
    "perplexity",
    "How many equally likely continuations the model is undecided between, the geometric mean of the items.",
    higher_is_better=False,
    pooled="perplexity",
    share=False,
)
GREEDY = Metric("acc", "Each token of the right continuation is the likeliest one.")


@dataclass(frozen=True, kw_only=True)
class ContinuingTask(Task):
    """``split`` parts a row into the context and what is scored after it, the space before it included;
    raises SpecError for a row that it cannot read."""

    split: Callable[[Row], tuple[str, str]]
    kind: str = "score"
    metrics: tuple[Metric, ...] = (PERPLEXITY, GREEDY)

    def check(self, row: Row) -> None:
        self.split(row)

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        asks = [self._ask(item, model, setting) for item in items]
        said = model.score(asks)
        return [_outcome(*one) for one in zip(items, asks, said, strict=True)]

    def _ask(self, item: Item, model: Answerer, setting: Setting) -> Ask:
        solved = tuple(self.split(row) for row in examples(item, setting))
        context, continuation = self.split(item.fields)
        lead = Lead(solved=solved, delimiter=" ", chat=setting.chat)
        return Ask(lead.before(context, model), continuation)


def _outcome(item: Item, ask: Ask, said: Said) -> Outcome:
    return Outcome(
        id=item.id,
        part=item.part,
        values={"perplexity": said.log_prob, "acc": float(said.greedy)},
        prompt=ask.context,
        wanted=ask.continuation,
        options=(Option(ask.continuation, said.log_prob, said.tokens, said.greedy, True),),
        details={"cut": said.cut} if said.cut else {},
    )
