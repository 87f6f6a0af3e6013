"""IFEval as a task, with lm-evaluation-harness's four figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Answerer, Item, Metric, Outcome, Write
from pipelines.evaluation.tasks.task import HubPlace, Setting, Task
from pipelines.evaluation.tasks.writing.fields import need_text, need_texts
from pipelines.evaluation.tasks.writing.ifeval import counting, languages
from pipelines.evaluation.tasks.writing.ifeval.following import Instruction, loosely, strictly
from pipelines.evaluation.tasks.writing.ifeval.kinds import KINDS
from pipelines.evaluation.tasks.writing.putting import Put

_NAMES, _GIVEN = "instruction_id_list", "kwargs"
_COUNT = "instructions"
_WARNING = (
    "Languages are told by langdetect and sentences by NLTK's Punkt, as in lm-evaluation-harness, where they "
    "are installed; elsewhere by rules of this app, which may differ here and there. Each item says by which."
)


@dataclass(frozen=True, kw_only=True)
class InstructionFollowing(Task):
    def check(self, row: Mapping[str, Any]) -> None:
        need_text(row, "prompt")
        need_texts(row, _NAMES)
        given = row.get(_GIVEN)
        if not isinstance(given, list | tuple) or len(given) != len(row[_NAMES]):
            raise SpecError(_GIVEN, given, f"a list of as many objects as {_NAMES} has names")
        for at, name in enumerate(row[_NAMES]):
            if name not in KINDS:
                raise SpecError(f"{_NAMES}[{at}]", name, f"one of {', '.join(KINDS)}")
            if not isinstance(given[at], Mapping | None):
                raise SpecError(f"{_GIVEN}[{at}]", given[at], "an object")
            KINDS[name].check(given[at] or {}, f"{_GIVEN}[{at}]")

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        prompts = [Put(item.fields["prompt"]).context(model, setting.chat) for item in items]
        written = model.write([Write(prompt, max_new_tokens=1280) for prompt in prompts])
        return [_outcome(*one) for one in zip(items, prompts, written, strict=True)]


def instructions_of(row: Mapping[str, Any]) -> list[Instruction]:
    return [(name, given or {}) for name, given in zip(row[_NAMES], row[_GIVEN], strict=True)]


def _outcome(item: Item, prompt: str, texts: tuple[str, ...]) -> Outcome:
    asked = instructions_of(item.fields)
    strict, loose = strictly(texts[0], asked), loosely(texts[0], asked)
    values = {_COUNT: float(len(asked))}
    for name, followed in (("strict", strict), ("loose", loose)):
        values[f"prompt_level_{name}_acc"] = float(all(followed))
        values[f"inst_level_{name}_acc"] = sum(followed) / len(followed)
    told = [_told(*one) for one in zip(asked, strict, loose, strict=True)]
    details = {_COUNT: told, "sentences": counting.told_by(), "languages": languages.told_by()}
    wanted = ", ".join(kind for kind, _ in asked)
    return Outcome(item.id, item.part, values, prompt, wanted, texts=tuple(texts), details=details)


def _told(instruction: Instruction, strict: bool, loose: bool) -> dict[str, Any]:
    """For the item's view. The Hub's rows have every argument there is, most of them empty."""
    name, given = instruction
    own = {each: given[each] for each in KINDS[name].needs}
    return {"instruction": name, "given": own, "strict": strict, "loose": loose}


def _metrics() -> tuple[Metric, ...]:
    how = {"strict": "as it is", "loose": "also without its first or last line, or without asterisks"}
    return tuple(
        metric
        for name, told in how.items()
        for metric in (
            Metric(f"prompt_level_{name}_acc", f"The answer, {told}, follows all its instructions."),
            Metric(f"inst_level_{name}_acc", f"An instruction is followed, {told}.", weight=_COUNT),
        )
    )


IFEVAL = InstructionFollowing(
    name="ifeval",
    title="IFEval",
    about="541 requests with instructions of 25 kinds that a program can check: so many words, no commas, an "
    "answer in JSON, all in capitals.",
    kind="writing",
    metrics=_metrics(),
    fields={
        "prompt": "the request",
        _NAMES: "the kinds of its instructions, such as punctuation:no_comma",
        _GIVEN: "for each of them an object with what it is given, such as num_words",
    },
    licence="Apache-2.0",
    source="github.com/google-research/google-research/tree/master/instruction_following_eval",
    hub=HubPlace("google/IFEval", split="train"),
    warning=_WARNING,
    examples="none",
)
