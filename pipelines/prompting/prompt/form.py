"""The texts of a prompt: an item in its template, an example's answer, options by letter, questions and
answers in one message or as turns. Pure; knows nothing of how examples are chosen.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item, Message
from pipelines.prompting.prompt.spec import ANSWER, CHOICES, INSTRUCTION, OWN, QUESTION, TURNS, PromptSpec
from pipelines.prompting.prompt.template import Part, Variable, fill, names, parse


@dataclass(frozen=True)
class Example:
    """What an example says. ``label`` is the answer that it shows, ``true`` the right one."""

    id: str
    question: str
    response: str
    label: str
    true: str


def lettered(choices: Sequence[str]) -> str:
    """
    >>> print(lettered(("a bank", "a mall")))
    (A) a bank
    (B) a mall
    """
    if len(choices) > len(ascii_uppercase):
        raise SpecError("choices", f"{len(choices)} choices", f"at most {len(ascii_uppercase)} to a question")
    return "\n".join(f"({letter}) {choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False))


def without_conclusion(rationale: str, answer: str) -> str:
    """A worked solution without the sentence that tells the answer at its end, which is then told in the form
    that all examples have.

    >>> without_conclusion("First 7 + 5 = 12. The answer is 12.", "12")
    'First 7 + 5 = 12.'
    >>> without_conclusion("A bank keeps money. So the answer is (B).", "B")
    'A bank keeps money.'
    """
    told = rf"\(?{re.escape(answer.strip().rstrip('.'))}\)?\.?\s*$"
    opening = r"(?:(?<!\w)(?:so|thus|hence|therefore),?\s+)?\bthe (?:final )?answer is:?\s+"
    return re.sub(rf"(?:{opening}|####\s*){told}", "", rationale.strip(), flags=re.IGNORECASE).strip()


class Form:
    """A spec's texts, its templates read once."""

    def __init__(self, spec: PromptSpec):
        self._spec = spec
        self._plain = parse(spec.template)
        self._with_choices = _naming_choices(self._plain)
        self._answer = parse(spec.answer_form, "answer_form")

    def asked(self, item: Item, instruction: str = "", question: str | None = None) -> str:
        """The item in its template. Raises :class:`SpecError` for a variable that it lacks."""
        own = {
            QUESTION: item.question if question is None else question,
            CHOICES: lettered(item.choices),
            INSTRUCTION: instruction,
        }
        values = {**item.fields, **own}
        parts = self._with_choices if item.choices else self._plain
        check_named(parts, values, f"item {item.id}")
        return fill(parts, values)

    def answered(self, item: Item, label: str, with_rationale: bool) -> str:
        """What an example answers: its worked solution, if it is to show it, and the answer."""
        said = fill(self._answer, {ANSWER: f"({label})" if item.choices else label})
        worked = without_conclusion(item.rationale, item.answer) if with_rationale else ""
        joint = "\n" if "\n" in item.rationale.strip() else " "
        return f"{worked}{joint}{said}" if worked else said

    def messages(self, examples: Iterable[Example], asked: str) -> tuple[Message, ...]:
        """The last is the user's and ends with what is asked."""
        first = (Message("system", self._spec.system),) if self._spec.system else ()
        shown = tuple(examples)
        if self._spec.placement == TURNS or not shown:
            pairs = ((Message("user", one.question), Message("assistant", one.response)) for one in shown)
            return (*first, *(turn for pair in pairs for turn in pair), Message("user", asked))
        told = (f"Q: {one.question}\nA: {one.response}" for one in shown)
        return (*first, Message("user", "\n".join((*told, f"Q: {asked}\nA:"))))


def check_named(parts: Sequence[Part], known: Iterable[str], where: str) -> None:
    """Raise :class:`SpecError` for the first variable that is not ``known``; the message lists what is."""
    columns = dict.fromkeys((*OWN, *known))
    for name in names(parts):
        if name not in columns:
            there = ", ".join(f"{{{column}}}" for column in columns if _can_be_named(column))
            raise SpecError("template", f"{{{name}}}", f"variables that the data has ({where}): {there}")


def _can_be_named(column: str) -> bool:
    try:
        return parse(f"{{{column}}}") == (Variable(column),)
    except SpecError:
        return False


def _naming_choices(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The template for an item with choices: where it asks the question and does not name them, they follow
    on lines of their own, and so does what comes next."""
    named = names(parts)
    if CHOICES in named or QUESTION not in named:
        return parts
    at = parts.index(Variable(QUESTION)) + 1
    rest = parts[at:]
    if rest and isinstance(rest[0], str):
        rest = ("\n" + rest[0].lstrip(" ") if rest[0].startswith(" ") else rest[0], *rest[1:])
    return (*parts[:at], "\n", Variable(CHOICES), *rest)
