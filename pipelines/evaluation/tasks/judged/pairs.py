"""MT-bench with two models side by side: the answers against those of a baseline, which the rows have. Each
pair is judged twice, in both orders; a winner is who wins both. Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.evaluation.records import Answerer, Item, Metric, Outcome
from pipelines.evaluation.tasks.judged import prompts
from pipelines.evaluation.tasks.judged.base import JUDGES, LICENCE, SOURCE, Judged, Talk, judge_of
from pipelines.evaluation.tasks.judged.conversation import judged
from pipelines.evaluation.tasks.judged.reading import verdict_in
from pipelines.evaluation.tasks.judged.rows import baseline_of
from pipelines.evaluation.tasks.task import Setting

WIN, TIE, LOSS = 1.0, 0.5, 0.0
_AS_A = {"A": WIN, "B": LOSS, "C": TIE}  # the model stood first
_AS_B = {"A": LOSS, "B": WIN, "C": TIE}
_WORDS = {WIN: "won", TIE: "tied", LOSS: "lost", None: "no verdict"}


@dataclass(frozen=True)
class Pair:
    """How one answer did against another. ``first`` and ``second`` are the judge's verdicts with the answer
    as A and as B; None where it gave none."""

    first: str | None
    second: str | None

    @property
    def result(self) -> float | None:
        """Win, tie or loss; two orders that contradict each other are a tie, as in MT-bench. None without
        two verdicts."""
        if self.first is None or self.second is None:
            return None
        one, other = _AS_A[self.first], _AS_B[self.second]
        return one if one == other else TIE

    @property
    def consistent(self) -> bool:
        return self.result is not None and _AS_A[self.first] == _AS_B[self.second]


@dataclass(frozen=True, kw_only=True)
class Compared(Judged):
    def check(self, row: Mapping[str, Any]) -> None:
        baseline_of(row)

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        judge = judge_of(setting)
        talks = self.talks(items, model, setting.seed)
        asked = [prompt for talk in talks for turn in _turns(talk) for prompt in both_orders(talk, turn)]
        said = iter(judged(asked, judge))
        return [
            _outcome(talk, [(next(said), next(said)) for _ in _turns(talk)], judge.name) for talk in talks
        ]


def both_orders(talk: Talk, turn: int) -> tuple[prompts.Messages, prompts.Messages]:
    """What the judge is asked about the conversation up to ``turn``: the model as A, the model as B."""
    asked, mine = talk.asked[:turn], talk.answers[:turn]
    other = baseline_of(talk.item.fields)[:turn]
    return (
        prompts.comparing(asked, mine, other, talk.reference),
        prompts.comparing(asked, other, mine, talk.reference),
    )


def _turns(talk: Talk) -> range:
    return range(1, len(talk.asked) + 1)


def _values(pairs: Sequence[Pair]) -> dict[str, float]:
    """Over the pairs with two verdicts; where there is no such pair only that."""
    told = [pair for pair in pairs if pair.result is not None]
    share = {"judged": len(told) / len(pairs)}
    if not told:
        return share
    first = sum((pair.first == "A") + (pair.second == "A") for pair in told)
    return {
        "win_rate": sum(pair.result for pair in told) / len(told),
        "consistent": sum(pair.consistent for pair in told) / len(told),
        "first_preferred": first / (2 * len(told)),
        **share,
    }


def _outcome(talk: Talk, said: Sequence[tuple[str, str]], judge: str) -> Outcome:
    pairs = [Pair(verdict_in(first), verdict_in(second)) for first, second in said]
    details = {
        "judge": judge,
        "said": [list(both) for both in said],
        "baseline": list(baseline_of(talk.item.fields)),
        "reference": list(talk.reference),
    }
    read = {f"turn_{turn}": _WORDS[pair.result] for turn, pair in enumerate(pairs, 1)}
    return Outcome(
        talk.item.id,
        talk.item.part,
        _values(pairs),
        talk.prompt(),
        "a better answer",
        (),
        talk.answers,
        read,
        details,
    )


MT_BENCH_PAIRS = Compared(
    name="mt_bench_pairs",
    title="MT-bench, against a baseline",
    about="The conversations of MT-bench, from a file that has another model's answers to them; a judge says "
    "which answers are better, and each pair is judged in both orders.",
    kind="judged",
    metrics=(
        Metric("win_rate", "How often the model wins; a tie counts half, and so do orders that contradict."),
        Metric("consistent", "How often both orders have the same winner."),
        Metric(
            "first_preferred", "How often what stood first won; far from a half, the judge goes by place."
        ),
        Metric("judged", "The judge gave a verdict in both orders; other answers count nowhere else."),
    ),
    fields={
        "turns": "one or two questions",
        "category": "such as writing or math",
        "baseline": "an answer to each, or FastChat's choices",
    },
    licence=LICENCE,
    source=SOURCE,
    warning=JUDGES,
    examples="none",
)
