"""Zero-shot chain of thought (Kojima et al. 2022, "Large Language Models are Zero-Shot Reasoners").

One sentence asks for the steps. In the paper it begins the answer, and a second request ("Therefore, the
answer is") brings the answer out of the reasoning; a chat model is asked in the question, and says the answer
itself. Both are settings.
"""

from dataclasses import dataclass

from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import STEPWISE, Asker, Asking, Most, joined, words


@dataclass(frozen=True)
class Settings:
    instruction: str = words(STEPWISE, "Instruction", "Asks for the steps.")
    place: str = knob(
        "question", label="Where it stands", choices=("question", "answer"),
        help="question: with the question; answer: the answer begins with it, as in the paper.",
    )  # fmt: skip
    conclude: str = words(
        "", "Second request",
        "The paper's second stage: the reasoning goes on with this, such as “Therefore, the answer is”. "
        "Empty leaves it out.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        calls = 2 if self.conclude else 1
        return Most(calls, samples=calls, rounds=calls)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "cot"), asking.settings
    begun = settings.instruction if settings.place == "answer" else ""
    messages = asking.build("" if begun else settings.instruction, False, None)
    (reply,) = yield (ask(messages, begun=begun),)
    response = joined(begun, reply.text)
    ask.read(asking.extract(response))
    if settings.conclude:
        begun = f"{response.strip()}\n{settings.conclude}"
        (reply,) = yield (ask(messages, "conclusion", begun=begun),)
        response = joined(begun, reply.text)
        ask.read(asking.extract(response))
    return ask.outcome(response)
