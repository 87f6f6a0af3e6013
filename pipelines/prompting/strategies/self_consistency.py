"""Self-consistency (Wang et al. 2022, "Self-Consistency Improves Chain of Thought Reasoning in Language
Models"): several chains of thought are drawn, and the answer at which most of them arrive is taken.

>>> counted(["8", "9", "", "8"])
(('8', 2), ('9', 1), ('', 1))
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import (
    NEXT_EXAMPLE,
    STEPWISE,
    Asker,
    Asking,
    Most,
    own_temperature,
    words,
    worked_examples,
)


@dataclass(frozen=True)
class Settings:
    instruction: str = words(STEPWISE, "Instruction", "Asks for the steps.")
    samples: int = knob(10, label="Draws", low=2, high=64, step=1, help="So many answers vote.")
    temperature: float = own_temperature()
    rationales: bool = worked_examples()

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        return Most(calls=1, samples=self.samples, rounds=1)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "self_consistency"), asking.settings
    messages = asking.build(settings.instruction, settings.rationales, None)
    drawn = {"samples": settings.samples, "temperature": settings.temperature}
    (reply,) = yield (ask(messages, stop=(NEXT_EXAMPLE,) if settings.rationales else (), **drawn),)
    responses = [text.text for text in reply.texts]
    answers = [asking.extract(response) for response in responses]
    ask.read(answers)
    votes = counted(answers)
    # The whole response of a winner, not its answer alone: strict and flexible extraction both read it.
    response = responses[answers.index(votes[0][0])] if votes else ""
    return ask.outcome(response, votes)


def counted(answers: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """(answer, how many arrived at it), most first, of equals the one that came first. Draws without an
    answer vote for none: they stand last, under the empty answer, and still count as draws."""
    found = Counter(answer for answer in answers if answer).most_common()
    without = sum(not answer for answer in answers)
    return (*found, *((("", without),) if without else ()))
