"""What an answer is worth, as functions of its text alone: one idea each, from 0 to 1. Standard library
only.

A reward says what is wanted and no more: a model finds any way to it, also one that nobody meant. So these
are few, and each can be checked by reading.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")
_STATED = re.compile(r"answer is|####|\\boxed", re.IGNORECASE)
_FIGURES = r"(-?\d{1,12})"
_SUM = re.compile(rf"(?<![\d.]){_FIGURES} ?([+\-x*/×÷−]) ?{_FIGURES} ?= ?{_FIGURES}(?![\d.]*\d)")
_SIGNS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "−": operator.sub,
    "x": operator.mul, "*": operator.mul, "×": operator.mul,
}  # fmt: skip
_GAP = r"(?<!\d)(?<!\d,)-?\d[\d,]*+(?:\.\d++)?"  # a number that the text has as a whole

Form = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class RewardName:
    """How a reward is called and explained; ``needs`` is the field of the spec without which it has no
    meaning."""

    label: str
    help: str
    needs: str = ""


REWARDS: dict[str, RewardName] = {
    "correct": RewardName(
        "Right answer",
        "1 where the answer's number is the right one: the first after its last “answer is”, else its last.",
    ),
    "working": RewardName(
        "Sound working",
        "Share of the sums written out, such as 7 + 5 = 12, that are true; 0 where none is written.",
    ),
    "length": RewardName(
        "Length",
        "1 at the wanted number of words (or up to it), falling evenly to 0 over the band beside it.",
        "target_length",
    ),
    "format": RewardName(
        "Format", "1 where the answer has the wanted form, such as: The answer is {number}.", "needs"
    ),
    "model": RewardName(
        "Reward model", "What a reward model trained here gives the answer; not from 0 to 1.", "reward_model"
    ),
}


def number_in(text: str) -> Decimal | None:
    """The number that a text answers with: the first after the last "answer is" (or "####", as in GSM8K,
    Cobbe et al. 2021), else the last of all.

    >>> number_in("First 7 + 5 = 12. The answer is 12. Or 13?"), number_in("It makes 1,200.")
    (Decimal('12'), Decimal('1200'))
    """
    stated = [found.end() for found in _STATED.finditer(text)]
    after = _NUMBER.search(text, stated[-1]) if stated else None
    last = after or next(iter(reversed(list(_NUMBER.finditer(text)))), None)
    return Decimal(last.group().replace(",", "")) if last else None


def correct(text: str, answer: str) -> float:
    """Whether the text answers with the answer's number, compared exactly.

    >>> correct("That is 3.50 coins.", "3.5"), correct("The answer is 4.", "5")
    (1.0, 0.0)
    """
    found = number_in(text)
    return float(found is not None and found == number_in(answer))


def working(text: str) -> float:
    """
    >>> working("First 7 + 5 = 12. Then 12 - 4 = 9."), working("The answer is 8.")
    (0.5, 0.0)
    """
    sums = _SUM.findall(text)
    return sum(_is_true(*one) for one in sums) / len(sums) if sums else 0.0


def length(text: str, target: int, band: int, at_most: bool = False) -> float:
    """``target`` and ``band`` in words, as white space parts them.

    >>> length("one two three", target=2, band=2), length("one", 2, 2), length("one", 2, 2, at_most=True)
    (0.5, 0.5, 1.0)
    """
    over = len(text.split()) - target
    away = max(0, over) if at_most else abs(over)
    return max(0.0, 1 - away / band) if band else float(not away)


def formatted(text: str, form: Form) -> float:
    """Whether the pieces of :func:`form_of` stand in the text, in their order."""
    at = 0
    for piece in form:
        found = piece.search(text, at)
        if found is None:
            return 0.0
        at = found.end()
    return 1.0


def form_of(needs: str) -> Form:
    """From plain words, in which {number} stands for any whole number and {text} for anything at all. Each
    piece between two {text} is looked for once, so that no text takes long.

    >>> formatted("First 2. So the answer is 12.", form_of("First {text} answer is {number}."))
    1.0
    """
    pieces = filter(None, needs.split("{text}"))
    return tuple(re.compile(_GAP.join(map(re.escape, piece.split("{number}")))) for piece in pieces)


def _is_true(left: str, sign: str, right: str, result: str) -> bool:
    one, two, told = int(left), int(right), int(result)
    return one == told * two and two != 0 if sign in "/÷" else _SIGNS[sign](one, two) == told
