"""The worked examples of BBH's authors (``cot-prompts``): one text for each task, with three questions
answered step by step. Standard library only.
"""

import re

from pipelines.core.errors import SpecError

STEPS = "A: Let's think step by step.\n"
_BEFORE = re.compile(r"\A.*?-----\n", re.DOTALL)  # a notice that the data is for tests alone
_QUESTION = re.compile(r"(?:\A|\n\n)Q: ")
_CONCLUDED = re.compile(r"the answer is (.*?)\.?\s*\Z", re.DOTALL | re.IGNORECASE)
Solved = tuple[str, str]  # input, target


def worked(prompt: str) -> list[Solved]:
    """
    >>> worked("Add.\\n\\nQ: 1 + 1\\nA: Let's think step by step.\\nIt is 2. So the answer is 2.")
    [('1 + 1', 'It is 2. So the answer is 2.')]
    """
    pieces = _QUESTION.split(_BEFORE.sub("", prompt))[1:]
    parted = [piece.partition(f"\n{STEPS.rstrip()}") for piece in pieces]
    if not parted or not all(answer for _, _, answer in parted):
        raise SpecError("prompt", prompt, "questions after “Q:”, each with “A: Let's think step by step.”")
    return [(asked, answer.strip()) for asked, _, answer in parted]


def concluded(answer: str) -> str:
    """
    >>> concluded("Not (not True) is True. So the answer is True.")
    'True'
    """
    sentence = answer[answer.lower().rfind("the answer is ") :]
    found = _CONCLUDED.match(sentence)
    return found[1] if found else answer
