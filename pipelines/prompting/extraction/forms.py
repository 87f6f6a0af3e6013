"""The forms in which a prompt may ask for the answer, and where one is kept in a response. Standard library
only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """``shown`` is what the prompt asks for. ``begins`` matches what comes before the answer. Where it
    ``closes``, the answer ends there and is all that stands before. ``fills``: nothing else stands beside."""

    shown: str
    begins: str
    closes: str = ""
    fills: bool = False

    def values(self, response: str) -> Iterator[str]:
        """The text from where each answer begins.

        >>> list(FORMS["answer_is"].values("So the answer is 8."))
        [' 8.']
        """
        for found in re.finditer(self.begins, response):
            rest = response[found.end() :]
            if not self.closes:
                yield rest
            elif (end := rest.find(self.closes)) >= 0:
                yield rest[:end]


WHOLE = "whole"
FORMS = {
    "answer_is": Form("The answer is X", r"\b[Tt]he answer is(?=\s|$)"),
    "hashes": Form("#### X", r"(?<!#)####(?!#)"),
    "finish": Form("finish[X]", r"\b[Ff]inish\[", closes="]"),
    "boxed": Form("\\boxed{X}", r"\\boxed\{", closes="}"),
    "answer_colon": Form("Answer: X", r"(?m)^[ \t]*Answer:"),
    WHOLE: Form("X alone", r"\A", fills=True),
}


def last_named(response: str) -> str | None:
    """What follows the last place at which any of the forms names an answer.

    >>> last_named("The answer is 7. No: #### 8"), last_named("8")
    (' 8', None)
    """
    named = [(found.end(), form.closes) for form in _NAMING for found in re.finditer(form.begins, response)]
    if not named:
        return None
    place, closes = max(named)
    rest = response[place:]
    return rest.split(closes, 1)[0] if closes else rest


_NAMING = [form for form in FORMS.values() if not form.fills]
