"""The kinds of answer, and when two answers of a kind are the same. Standard library only."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from pipelines.core.errors import SpecError
from pipelines.prompting.extraction.dates import Dates
from pipelines.prompting.extraction.free import Free
from pipelines.prompting.extraction.letters import Letters
from pipelines.prompting.extraction.numeric import Numbers
from pipelines.prompting.extraction.words import BOOLEAN, Words

NUMBER, LETTER, BOOLEAN_KIND, DATE, LABEL, TEXT = "number", "letter", "boolean", "date", "label", "text"
KINDS = {
    NUMBER: "A number: 1,234, $1234.00 and 1234 are the same",
    LETTER: "The letter of an option",
    BOOLEAN_KIND: "Yes or no, true or false",
    DATE: "A date, however it is written",
    LABEL: "One of a closed set of labels",
    TEXT: "A free answer, compared without case, punctuation and articles",
}


class Kind(Protocol):
    """How answers of one kind are read."""

    def begin(self, text: str) -> tuple[str, int] | None:
        """The answer with which the text begins, and where it ends there."""

    def last(self, text: str) -> str | None:
        """The last answer in the text, in whatever form."""

    def key(self, answer: str) -> str | None:
        """The same text for all that mean the same; None where it is no answer of this kind."""


def kind_of(
    name: str, *, choices: Sequence[str] = (), labels: Sequence[str] = (), day_first: bool = False
) -> Kind:
    if name not in KINDS:
        raise SpecError("kind", name, "one of " + ", ".join(KINDS))
    makers = {
        NUMBER: Numbers,
        LETTER: lambda: _letters(tuple(choices)),
        BOOLEAN_KIND: lambda: Words(tuple(BOOLEAN), BOOLEAN),
        DATE: lambda: Dates(day_first),
        LABEL: lambda: Words(labels),
        TEXT: Free,
    }
    return makers[name]()


@lru_cache(maxsize=1024)  # every vote on an item asks for it
def _letters(choices: tuple[str, ...]) -> Letters:
    return Letters(choices)


def same_answer(kind: str, given: str | None, wanted: str) -> bool:
    """Whether two answers mean the same. What cannot be read as one of the kind is the same as nothing;
    labels are compared without case.

    >>> same_answer("number", "$1,234.00", "1234"), same_answer("date", "May 1, 2021", "05/01/2021")
    (True, True)
    >>> same_answer("letter", "(b)", "B"), same_answer("boolean", "True", "yes")
    (True, True)
    """
    if given is None:
        return False
    reader = kind_of(kind, labels=(wanted,))
    key = reader.key(wanted)
    return key is not None and reader.key(given) == key


def guessed_kind(answers: Sequence[str], has_choices: bool = False) -> str:
    """The narrowest kind that reads every answer of a data set. Labels are few and come again: 20 at most,
    each three times on average, none of more than four words.

    >>> guessed_kind(["12", "1,000"]), guessed_kind(["Yes", "no"]), guessed_kind(["red", "blue"] * 3)
    ('number', 'boolean', 'label')
    """
    if has_choices:
        return LETTER
    for name in (NUMBER, BOOLEAN_KIND, DATE):
        if answers and all(kind_of(name).key(answer) is not None for answer in answers):
            return name
    labels = {" ".join(answer.casefold().split()) for answer in answers}
    short = all(0 < len(label.split()) <= 4 for label in labels)
    return LABEL if labels and short and len(labels) <= min(20, len(answers) // 3) else TEXT
