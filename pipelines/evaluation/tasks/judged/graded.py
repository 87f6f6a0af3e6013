"""MT-bench with a grade for each answer. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.evaluation.records import Answerer, Item, Metric, Outcome
from pipelines.evaluation.tasks.judged import prompts
from pipelines.evaluation.tasks.judged.base import JUDGES, LICENCE, SOURCE, Judged, Talk, judge_of
from pipelines.evaluation.tasks.judged.conversation import judged
from pipelines.evaluation.tasks.judged.reading import grade_in
from pipelines.evaluation.tasks.task import HubPlace, Setting


@dataclass(frozen=True, kw_only=True)
class Graded(Judged):
    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        judge = judge_of(setting)
        talks = self.talks(items, model, setting.seed)
        asked = [
            prompts.grading(talk.asked[:turn], talk.answers[:turn], talk.reference)
            for talk in talks
            for turn in range(1, len(talk.asked) + 1)
        ]
        said = iter(judged(asked, judge))
        return [_outcome(talk, [next(said) for _ in talk.asked], judge.name) for talk in talks]


def _outcome(talk: Talk, said: Sequence[str], judge: str) -> Outcome:
    """A grade that the judge did not give is no value: it counts in no figure but ``graded``."""
    grades = [grade_in(text) for text in said]
    given = {f"turn_{turn}": grade for turn, grade in enumerate(grades, 1) if grade is not None}
    score = {"score": sum(given.values()) / len(given)} if given else {}
    values = {**score, **given, "graded": len(given) / len(grades)}
    read = {
        f"turn_{turn}": "no grade" if grade is None else f"{grade:g}" for turn, grade in enumerate(grades, 1)
    }
    details = {"judge": judge, "said": list(said), "reference": list(talk.reference)}
    return Outcome(
        talk.item.id, talk.item.part, values, talk.prompt(), "a grade of 10", (), talk.answers, read, details
    )


def _metric(name: str, about: str) -> Metric:
    return Metric(name, about, share=False)


MT_BENCH = Graded(
    name="mt_bench",
    title="MT-bench, graded",
    about="80 conversations of two questions each, from writing to mathematics; a judge grades both answers "
    "from 1 to 10. Vicuna's 80 single questions are read too.",
    kind="judged",
    metrics=(
        _metric("score", "The mean of an item's grades, 1 to 10."),
        _metric("turn_1", "The grade of the first answer."),
        _metric("turn_2", "The grade of the second answer."),
        Metric("graded", "The judge gave a grade in the form asked for; other answers count nowhere else."),
    ),
    fields={"turns": "one or two questions", "category": "such as writing or math"},
    licence=LICENCE,
    source=SOURCE,
    hub=HubPlace("HuggingFaceH4/mt_bench_prompts", split="train"),
    warning=JUDGES,
    examples="none",
)
