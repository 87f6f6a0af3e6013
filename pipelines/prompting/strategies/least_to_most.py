"""Least-to-most (Zhou et al. 2022, "Least-to-Most Prompting Enables Complex Reasoning in Large Language
Models"): the question is split into simpler ones, which are solved in turn, each with the answers before it
in sight; the question itself comes last.
"""

import re
from dataclasses import dataclass

from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies.asking import NEXT_EXAMPLE, STEPWISE, Asker, Asking, Most, words

_SPLIT = "Do not answer yet. Which simpler questions come first? Write one on each line, the easiest first."
_NUMBERING = re.compile(r"^\s*(?:[-*•]\s+|(?:Q\s*)?\(?\d+[.):]\s*|Q:\s*)?")


@dataclass(frozen=True)
class Settings:
    split: str = words(_SPLIT, "Split", "Asks for the simpler questions, one a line.")
    solve: str = words("", "Simpler questions", "Stands with each simpler question.")
    instruction: str = words(STEPWISE, "Instruction", "Stands with the question itself, which comes last.")
    questions: int = knob(
        4, label="Simpler questions at most", low=1, high=12, step=1, help="Those beyond it are left out."
    )

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        calls = self.questions + 2
        return Most(calls, samples=calls, rounds=calls)


def program(asking: Asking) -> Program:
    ask, settings, question = Asker(asking, "least_to_most"), asking.settings, asking.item.question
    (reply,) = yield (ask(asking.build(settings.split, False, None, shots=0), "split"),)
    simpler = questions_in(reply.text, question)[: settings.questions]
    ask.read(simpler)
    steps = []
    for one in simpler:
        messages = asking.build(settings.solve, False, told(question, steps, one))
        (reply,) = yield (ask(messages, "simpler question", stop=(NEXT_EXAMPLE,)),)
        steps.append({"question": one, "answer": reply.text.strip()})
        ask.read(asking.extract(reply.text))
    known = told(question, steps) if steps else None
    (reply,) = yield (ask(asking.build(settings.instruction, False, known), stop=(NEXT_EXAMPLE,)),)
    ask.read(asking.extract(reply.text))
    return ask.outcome(reply.text, steps=steps)


def questions_in(text: str, question: str) -> list[str]:
    """The lines that ask something, without their numbers, each once; the question itself comes anyway.

    >>> questions_in("First:\\n1. How many apples?\\n2) How many pears?\\n- How many apples?", "How many?")
    ['How many apples?', 'How many pears?']
    """
    lines = (_NUMBERING.sub("", line).strip() for line in text.splitlines())
    found = dict.fromkeys(line for line in lines if line.endswith("?"))
    return [line for line in found if line != question.strip()]


def told(question: str, steps: list[dict[str, str]], simpler: str = "") -> str:
    """The question, what is known of it, and the simpler one that is asked now.

    >>> print(told("Tom …?", [{"question": "How many apples?", "answer": "12."}], "How many pears?"))
    Tom …?
    Q: How many apples?
    A: 12.
    Q: How many pears?
    """
    known = (f"Q: {step['question']}\nA: {step['answer']}" for step in steps)
    return "\n".join((question, *known, *((f"Q: {simpler}",) if simpler else ())))
