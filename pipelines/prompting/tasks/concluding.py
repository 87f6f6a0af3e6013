"""How a worked solution ends, so that an example shows the form in which the answer is then looked for."""

import re

_LEAD = re.compile(r"(?i)\bthe (?:final )?answer is\s*:?")


def concluded(steps: str, answer: str) -> str:
    """The steps, ended by ``The answer is X.`` unless they end so already.

    >>> concluded("First 7 + 5 = 12.", "12")
    'First 7 + 5 = 12. The answer is 12.'
    >>> concluded("It rains. So the answer is (B).", "B")
    'It rains. So the answer is (B).'
    """
    steps = steps.strip()
    *before, ended = _LEAD.split(steps.rpartition("\n")[2])
    if before and bare(ended) == bare(answer):
        return steps
    return f"{steps}{_joint(steps)}The answer is {answer}{'' if answer.endswith('.') else '.'}"


def bare(answer: str) -> str:
    """For comparing: ``(B).`` is ``b``."""
    inner = answer.strip().rstrip(".").strip()
    lettered = re.fullmatch(r"\((\w)\)", inner)
    return (lettered[1] if lettered else inner).lower()


def _joint(steps: str) -> str:
    """A worked solution of several lines gets the answer on a line of its own."""
    if "\n" in steps:
        return "\n"
    return "" if not steps else ". " if steps[-1].isalnum() else " "
