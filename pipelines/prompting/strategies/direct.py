"""Direct: the answer at once, without steps (Brown et al. 2020, "Language Models are Few-Shot Learners").
What every other strategy is measured against."""

from dataclasses import dataclass

from pipelines.core.fields import check
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import Asker, Asking, Most, words

NUMBER_ONLY = "Answer with the number only."


@dataclass(frozen=True)
class Settings:
    instruction: str = words("Give only the answer.", "Instruction", "Stands with the question.")

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        return Most(calls=1, samples=1, rounds=1)


def program(asking: Asking) -> Program:
    ask = Asker(asking, "direct")
    (reply,) = yield (ask(asking.build(asking.settings.instruction, False, None)),)
    ask.read(asking.extract(reply.text))
    return ask.outcome(reply.text)
