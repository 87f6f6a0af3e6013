"""Scratchpad (Nye et al. 2021, "Show Your Work: Scratchpads for Intermediate Computation with Language
Models"): the work stands between two markers, and the answer after them, so no number of the work is taken
for it."""

from dataclasses import dataclass

from pipelines.core.fields import check
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import Asker, Asking, Most, joined, words

OPEN, CLOSE = "<scratch>", "</scratch>"


@dataclass(frozen=True)
class Settings:
    instruction: str = words(
        f"Work it out step by step between {OPEN} and {CLOSE}, then give the answer.",
        "Instruction", "Asks for the work.",
    )  # fmt: skip
    answer: str = words("The answer is", "Before the answer", "How the answer begins, after the work.")

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        return Most(calls=2, samples=2, rounds=2)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "scratchpad"), asking.settings
    messages = asking.build(settings.instruction, False, None)
    (reply,) = yield (ask(messages, "scratch", begun=f"{OPEN}\n", stop=(CLOSE,)),)
    work = reply.text.strip()
    ask.read(work)
    begun = f"{OPEN}\n{work}\n{CLOSE}\n{settings.answer}"
    (reply,) = yield (ask(messages, begun=begun, stop=("\n", OPEN)),)
    response = joined(settings.answer, reply.text)
    ask.read(asking.extract(response))
    return ask.outcome(response, scratch=work)
