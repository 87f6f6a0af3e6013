"""Few-shot chain of thought (Wei et al. 2022, "Chain-of-Thought Prompting Elicits Reasoning in Large Language
Models"): the examples show their steps, and the model follows them without being told to."""

from dataclasses import dataclass

from pipelines.core.fields import check
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import NEXT_EXAMPLE, Asker, Asking, Most, words


@dataclass(frozen=True)
class Settings:
    instruction: str = words("", "Instruction", "Stands with the question; the paper has none.")

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        return Most(calls=1, samples=1, rounds=1)


def program(asking: Asking) -> Program:
    ask = Asker(asking, "few_shot_cot")
    messages = asking.build(asking.settings.instruction, True, None)
    (reply,) = yield (ask(messages, stop=(NEXT_EXAMPLE,)),)
    ask.read(asking.extract(reply.text))
    return ask.outcome(reply.text)
