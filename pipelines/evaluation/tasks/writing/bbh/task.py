"""BIG-Bench Hard in lm-evaluation-harness's four ways: answered at once or step by step, with solved
questions before or without. Standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.evaluation.filters.filter import Filter
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import HubPlace
from pipelines.evaluation.tasks.writing.bbh.parts import PARTS, SAID
from pipelines.evaluation.tasks.writing.bbh.reading import (
    FIRST,
    GET_ANSWER,
    LAST,
    MATCH,
    SENTENCE,
    WHOLE,
    flexible,
)
from pipelines.evaluation.tasks.writing.bbh.worked import STEPS, concluded, worked
from pipelines.evaluation.tasks.writing.exact import ExactTask, exact_match
from pipelines.evaluation.tasks.writing.fields import need_text
from pipelines.evaluation.tasks.writing.putting import Put

_STOPS = ("</s>", "Q", "\n\n")  # after solved questions
_BARE_STOPS = ("</s>", "Q:", "<|im_end|>")
_READ = {
    "strict-match": "The answer is told in the form asked for, and right.",
    "flexible-extract": "An answer that is found anywhere in the text is right.",
    "get-answer": "What follows “the answer is” is right.",
    "none": "The text is the right answer and nothing else.",
}
_WORKED = (
    "The worked examples are the authors' (cot-prompts), read from rows with task and prompt; without them "
    "the question stands alone, and a model hardly knows the form in which its answer is looked for."
)
NO_STEPS = (
    "0, or examples that are worked out: rows with task and prompt (the authors' cot-prompts) in the file"
)
_STRICT = (
    "The strict figure wants the bare answer, to the letter; the flexible one takes what stands anywhere in "
    "the text. Number words are read by rules of this app, not by the package that the harness uses."
)


@dataclass(frozen=True, kw_only=True)
class BigBenchHard(ExactTask):
    def check(self, row: Mapping[str, Any]) -> None:
        need_text(row, *self.fields)
        if (part := self.part_of(row)) and part not in self.parts:
            raise SpecError("task", part, "one of BBH's, such as date_understanding")

    def part_of(self, row: Mapping[str, Any]) -> str:
        return str(row.get("task") or "")

    def solved_in(self, row: Mapping[str, Any]) -> list[dict[str, str]]:
        """The authors' worked examples: a row with ``task`` and ``prompt``."""
        if "input" in row or "prompt" not in row:
            return []
        need_text(row, "task", "prompt")
        return [{"task": row["task"], "input": asked, "target": way} for asked, way in worked(row["prompt"])]


@dataclass(frozen=True)
class _Form:
    """``ending`` stands after each question; ``steps``: solved ones are told with the way to the answer."""

    ending: str
    gap: str = " "
    steps: bool = False

    def put(self, item: Item, shots: Sequence[Mapping[str, Any]]) -> Put:
        solved = [(self._question(row["input"]), self._answer(row["target"])) for row in shots]
        said = f"{SAID[item.part]}\n\n" if item.part in SAID else ""
        return Put(self._question(item.fields["input"]), solved, said, self.gap)

    def _question(self, question: str) -> str:
        return f"Q: {question}\n{self.ending}"

    def _answer(self, target: str) -> str:
        if not self.steps:
            return concluded(target)
        if concluded(target) == target:
            raise SpecError("num_fewshot", target, NO_STEPS)
        return target


def _task(
    name: str, way: str, form: _Form, filters: Callable[[str], tuple[Filter, ...]], **how: Any
) -> BigBenchHard:
    return BigBenchHard(
        name=name,
        title=f"BIG-Bench Hard, {way}",
        about=f"27 tasks of logic, language and counting that were hard for models, {way}.",
        kind="writing",
        metrics=tuple(exact_match(one.name, _READ[one.name]) for one in filters("")),
        fields={"input": "the question, with its options", "target": "the answer, such as (B)"},
        licence="MIT",
        source="github.com/suzgunmirac/BIG-Bench-Hard",
        hub=HubPlace("SaylorTwift/bbh", "{part}", "test"),
        parts=PARTS,
        put=form.put,
        answer=lambda row: row["target"],
        filters=filters,
        **how,
    )


COT_FEW_SHOT = _task(
    "bbh_cot_fewshot",
    "step by step after worked examples",
    _Form(STEPS, gap="", steps=True),
    lambda part: (GET_ANSWER,),
    until=_STOPS,
    max_new_tokens=1024,
    examples="first",
    warning=_WORKED,
)
FEW_SHOT = _task(
    "bbh_fewshot",
    "at once after solved examples",
    _Form("A:"),
    lambda part: (Filter("none"),),
    until=_STOPS,
    examples="first",
    warning="The answer must be the same to the letter, a space before it included, as in the harness.",
)
ZERO_SHOT = _task(
    "bbh_zeroshot",
    "at once",
    _Form("A:"),
    lambda part: (WHOLE, flexible(part, FIRST)),
    until=_BARE_STOPS,
    match=MATCH,
    examples="none",
    warning=_STRICT,
)
COT_ZERO_SHOT = _task(
    "bbh_cot_zeroshot",
    "step by step",
    _Form(STEPS.rstrip()),
    lambda part: (flexible(part, LAST), SENTENCE),
    until=_BARE_STOPS,
    match=MATCH,
    examples="none",
    warning=_STRICT,
)
BBH = (COT_FEW_SHOT, FEW_SHOT, ZERO_SHOT, COT_ZERO_SHOT)
