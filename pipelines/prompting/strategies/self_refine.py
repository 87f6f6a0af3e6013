"""Self-refine (Madaan et al. 2023, "Self-Refine: Iterative Refinement with Self-Feedback"): the model
drafts, finds fault with its draft and writes it anew, in one conversation, until it finds no fault or the
rounds are over.
"""

import re
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Message, Program
from pipelines.prompting.strategies.asking import STEPWISE, Asker, Asking, Most, said, words

_CRITIQUE = (
    "Check this answer step by step. If nothing is wrong with it, say “It is right.” If something is wrong, "
    "say what."
)


@dataclass(frozen=True)
class Settings:
    instruction: str = words(STEPWISE, "Instruction", "Asks for the draft.")
    critique: str = words(_CRITIQUE, "Critique", "Asks what is wrong with an answer.")
    rewrite: str = words(
        "Write the whole answer again without these mistakes.", "Rewrite", "Asks for a better answer."
    )
    right: str = words(
        "It is right", "Words of approval", "A critique with a sentence that begins so ends the rounds."
    )
    rounds: int = knob(2, label="Rounds", low=1, high=8, step=1, help="So many critiques at most.")

    def __post_init__(self) -> None:
        check(self)
        if not self.right.strip():
            raise SpecError("right", self.right, "the words by which a critique approves of an answer")

    def most(self) -> Most:
        calls = 1 + 2 * self.rounds
        return Most(calls, samples=calls, rounds=calls)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "self_refine"), asking.settings
    talk = asking.build(settings.instruction, False, None)
    (reply,) = yield (ask(talk, "draft"),)
    ask.read(asking.extract(reply.text))
    versions, ended = [{"text": reply.text, "critique": "", "right": False}], "rounds"
    for _ in range(settings.rounds):
        talk = (*talk, said(reply.text), Message("user", settings.critique))
        (critique,) = yield (ask(talk, "critique"),)
        right = approves(critique.text, settings.right)
        versions[-1] |= {"critique": critique.text, "right": right}
        ask.read("right" if right else "wrong")
        if right:
            ended = "right"
            break
        talk = (*talk, said(critique.text), Message("user", settings.rewrite))
        (reply,) = yield (ask(talk, "rewrite"),)
        ask.read(asking.extract(reply.text))
        versions.append({"text": reply.text, "critique": "", "right": False})
    return ask.outcome(reply.text, versions=versions, ended=ended)


def approves(critique: str, right: str) -> bool:
    """Whether a sentence says so and goes no further than a comma.

    >>> approves("7 + 5 is 12. It is right.", "It is right"), approves("It is right that …", "It is right")
    (True, False)
    """
    sentence = rf"(?:^|[.!?:\n“\"])[\s*“\"]*{re.escape(right.strip().rstrip('.!'))}\s*(?:$|[.!,;:\n*”\"])"
    return re.search(sentence, critique.strip(), re.IGNORECASE) is not None
