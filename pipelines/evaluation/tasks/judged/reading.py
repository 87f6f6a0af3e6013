"""What a judge said: a grade or a verdict. Standard library only."""

import re

_LOW, _HIGH = 1, 10
_GRADES = (r"\[\[(\d+\.?\d*)\]\]", r"\[(\d+\.?\d*)\]")  # as asked for, else with a bracket forgotten


def grade_in(text: str) -> float | None:
    """The first grade from 1 to 10 in the form asked for; None where there is none.

    >>> grade_in("Good, but short. Rating: [[7.5]]"), grade_in("Rating: [8]"), grade_in("Rating: 8")
    (7.5, 8.0, None)
    """
    for pattern in _GRADES:
        if found := re.search(pattern, text):
            grade = float(found[1])
            return grade if _LOW <= grade <= _HIGH else None
    return None


def verdict_in(text: str) -> str | None:
    """``A``, ``B`` or ``C`` for a tie; of several kinds in one text the last, which is the conclusion.

    >>> verdict_in("A is right, B is not: [[A]]"), verdict_in("I cannot say.")
    ('A', None)
    """
    found = re.findall(r"\[\[([ABC])\]\]", text)
    return found[-1] if found else None
