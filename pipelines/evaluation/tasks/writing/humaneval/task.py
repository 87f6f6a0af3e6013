"""HumanEval as a task. As text it is lm-evaluation-harness's ``humaneval``, as chat its
``humaneval_instruct``. Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.common.sandbox.run import way
from pipelines.evaluation.records import Answerer, Item, Metric, Outcome, Write
from pipelines.evaluation.tasks.task import HubPlace, Setting, Task
from pipelines.evaluation.tasks.writing.fields import need_text
from pipelines.evaluation.tasks.writing.humaneval.pass_at_k import KS, passes
from pipelines.evaluation.tasks.writing.humaneval.programs import Verdict, program_of, verdicts

UNTIL = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
_FENCE = "```"
_TEMPERATURE, _TOP_P = 0.2, 0.95  # where there are several answers; the harness's humaneval_64
_WARNING = (
    "Answers are run: without files, network or other programs, for 3 seconds and in 512 MB, with Python's "
    "standard library alone, so that a right answer that needs NumPy fails. The sandbox does not keep an "
    "answer from its own tests, which run in the same process: one that is made to deceive them can pass. It "
    "relies on the kernel (Landlock and seccomp, or bubblewrap); where neither is, nothing is run."
)


@dataclass(frozen=True, kw_only=True)
class HumanEval(Task):
    def check(self, row: Mapping[str, Any]) -> None:
        need_text(row, *self.fields)

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        way()  # before a model works for nothing
        prompts = [_prompt(item.fields, model, setting.chat) for item in items]
        written = model.write([_write(prompt, setting) for prompt in prompts])
        answers = [tuple(map(_unfenced, texts)) if setting.chat else tuple(texts) for texts in written]
        programs = [
            program_of(item.fields, text)
            for item, texts in zip(items, answers, strict=True)
            for text in texts
        ]
        found = iter(verdicts(programs))
        return [
            _outcome(item, prompt, texts, [next(found) for _ in texts])
            for item, prompt, texts in zip(items, prompts, answers, strict=True)
        ]


def _prompt(row: Mapping[str, Any], model: Answerer, chat: bool) -> str:
    """As chat the answer has begun already, with the function's head."""
    if not chat:
        return row["prompt"]
    asked = (
        "Write a solution to the following problem and make sure that it passes the tests:\n"
        f"{_FENCE}python\n{row['prompt']}\n{_FENCE}\n"
    )
    begun = f"Here is the completed function:\n{_FENCE}python\n{row['prompt']}\n"
    return model.chat([{"role": "user", "content": asked}]) + begun


def _write(prompt: str, setting: Setting) -> Write:
    """One answer is greedy; several are drawn."""
    drawn = {"temperature": _TEMPERATURE, "top_p": _TOP_P} if setting.samples > 1 else {}
    return Write(prompt, UNTIL, 1024, samples=setting.samples, seed=setting.seed, **drawn)


def _unfenced(text: str) -> str:
    return text.partition(_FENCE)[0]


def _outcome(item: Item, prompt: str, texts: tuple[str, ...], found: Sequence[Verdict]) -> Outcome:
    told = [{"told": one.told, "error": one.error} for one in found]
    return Outcome(
        item.id,
        item.part,
        passes(len(found), sum(one.passed for one in found)),
        prompt,
        f"passes the tests of {item.fields['entry_point']}",
        texts=texts,
        read={"create_test": found[0].told},
        details={"tests": told, "passed": sum(one.passed for one in found), "samples": len(found)},
    )


HUMANEVAL = HumanEval(
    name="humaneval",
    title="HumanEval",
    about="164 Python functions to be completed from their description; their tests decide. With several "
    "samples, pass@k is the chance that one of k passes.",
    kind="writing",
    metrics=tuple(Metric(f"pass@{k},create_test", f"One of {k} answers passes the tests.") for k in KS),
    fields={
        "task_id": "a name",
        "prompt": "the beginning, with the description",
        "entry_point": "the function's name",
        "test": "a function check that tests it",
    },
    licence="MIT",
    source="github.com/openai/human-eval",
    hub=HubPlace("openai/openai_humaneval", split="test"),
    warning=_WARNING,
    examples="none",
    programs=True,
)
