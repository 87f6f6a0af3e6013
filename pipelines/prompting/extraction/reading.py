"""From a response to an answer, in up to three ways at once: strictly in the form that was asked for,
flexibly wherever one stands, and by the visitor's own pattern. The strict one alone under-scores a model
that solves but does not obey; the flexible one alone takes a number of the rationale for an answer: both are
shown.

*Strict* is the first answer in the form; *flexible* the last one anywhere, as lm-evaluation-harness's
``strict-match`` and ``flexible-extract`` of GSM8K.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, knob
from pipelines.prompting.extraction.forms import FORMS, WHOLE, Form, last_named
from pipelines.prompting.extraction.kinds import KINDS, LABEL, LETTER, TEXT, Kind, guessed_kind, kind_of
from pipelines.prompting.extraction.pattern import FIRST, LAST, LONGEST, Pattern

STRICT, FLEXIBLE, CUSTOM = "strict", "flexible", "custom"
_MOST_LABELS = 200
_LONGEST = 100_000  # characters of a response that are looked at: its beginning


@dataclass(frozen=True)
class Read:
    """The answers that a response gives, as they stand there; None where there is none."""

    strict: str | None
    flexible: str | None
    custom: str | None = None


@dataclass(frozen=True)
class Reading:
    """How the responses to a set of items are read. Raises :class:`SpecError` naming the field."""

    kind: str = knob(
        TEXT, label="Kind of answer", choices=tuple(KINDS), help="Decides when two answers are the same."
    )
    form: str = knob(
        "answer_is", label="Form", choices=tuple(FORMS), help="What the strict reading looks for."
    )
    labels: tuple[str, ...] = knob(
        (),
        label="Labels",
        high=_MOST_LABELS,
        max_chars=100,
        help="All answers there are, for the kind label.",
    )
    day_first: bool = knob(False, label="Day first", help="01/05/2021 is the first of May.")
    pattern: str = knob(
        "", label="Own pattern", max_chars=LONGEST,
        help="A regular expression; the answer is its group, or the whole match if it has none.",
    )  # fmt: skip
    pick: str = knob(FIRST, label="Match", choices=(FIRST, LAST), help="Which match of the pattern counts.")
    alone: bool = knob(
        True, label="Alone is in the form",
        help="An answer and nothing else is read strictly too: direct prompts ask for no more.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        if self.kind == LABEL:
            _check_labels(self.labels)
        if self.pattern:
            Pattern(self.pattern, self.pick)

    @property
    def rules(self) -> tuple[str, ...]:
        return (STRICT, FLEXIBLE, CUSTOM) if self.pattern else (STRICT, FLEXIBLE)

    def read(self, response: str, choices: Sequence[str] = ()) -> Read:
        """``choices`` are the options of this item.

        >>> Reading("number").read("16 - 7 = 9, so 9 x 2 is 18. The answer is $18. Is 3 right?")
        Read(strict='$18', flexible='3', custom=None)
        """
        response = response[:_LONGEST]
        reader = self._reader(choices)
        own = self._own.find(response) if self._own else None
        return Read(self._strict(reader, response), reader.last(response), own)

    def answer(self, response: str, choices: Sequence[str] = ()) -> str:
        """The answer in normal form, for a strategy that votes: by the visitor's pattern if there is one,
        else strictly, else flexibly; empty where there is none.

        >>> Reading("number").answer("The answer is $1,200.00."), Reading("number").answer("I cannot say")
        ('1200', '')
        """
        found = self.read(response, choices)
        first = found.custom if self.pattern else found.strict or found.flexible
        return self.key(first, choices) or ""

    def key(self, answer: str | None, choices: Sequence[str] = ()) -> str | None:
        """The same text for all answers that mean the same: votes are counted by it. None is no answer."""
        return None if answer is None else self._reader(choices).key(answer)

    def same(self, given: str | None, wanted: str, choices: Sequence[str] = ()) -> bool:
        key = self.key(wanted, choices)
        return key is not None and self.key(given, choices) == key

    def _strict(self, reader: Kind, response: str) -> str | None:
        for form in self._forms(response):
            for value in form.values(response):
                found = reader.begin(value)
                if found and not (form.fills and value[found[1] :].strip(" \n.!")):
                    return found[0]
        return None

    def _forms(self, response: str) -> list[Form]:
        alone = self.alone and last_named(response) is None
        return [FORMS[self.form], *([FORMS[WHOLE]] if alone else [])]

    def _reader(self, choices: Sequence[str]) -> Kind:
        if self.kind == LETTER:
            return kind_of(LETTER, choices=choices)
        return self._kind

    @cached_property
    def _kind(self) -> Kind:
        return kind_of(self.kind, labels=self.labels, day_first=self.day_first)

    @cached_property
    def _own(self) -> Pattern | None:
        return Pattern(self.pattern, self.pick) if self.pattern else None


def reading_for(
    answers: Sequence[str], has_choices: bool = False, form: str = "answer_is", **more: Any
) -> Reading:
    """The reading that suits the wanted answers of a data set.

    >>> reading_for(["up", "down", "up", "down", "Up", "down"]).labels
    ('down', 'up')
    """
    kind = guessed_kind(answers, has_choices)
    labels: dict[str, str] = {}
    if kind == LABEL:
        for answer, _ in Counter(answers).most_common():  # of several spellings the commonest
            labels.setdefault(" ".join(answer.casefold().split()), answer)
    return Reading(kind, form, tuple(sorted(labels.values())), **more)


def _check_labels(labels: Sequence[str]) -> None:
    plain = [" ".join(label.casefold().split()) for label in labels]
    if not all(plain) or not plain:
        raise SpecError("labels", tuple(labels), "at least one label, and none empty")
    if len(set(plain)) < len(plain):
        raise SpecError("labels", tuple(labels), "labels that differ in more than case and spaces")
