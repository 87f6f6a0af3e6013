"""A sum as people and models write it, worked out: ``1,250 × (3 − 0.5) ÷ 2``, ``sqrt(2^2 + 3^2)``.

A parser by precedence (Pratt 1973, "Top down operator precedence"): each operator says how strongly it holds
what stands at its left and right, and a function of ten lines reads them all. Nothing is given to Python's
``eval``. Knows nothing of tools. Standard library only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.prompting.tools import arithmetic
from pipelines.prompting.tools.arithmetic import Number
from pipelines.prompting.tools.base import RefusedError, one_line

ACCEPTED = "+ - * x × / ÷ // % ^ ** ( ) sqrt min max round abs"
_CHARACTERS = 500
_DEEPEST = 40
_EXPONENT = 400  # of a number written as 1e9
_BINARY = {  # how strongly it holds its left and its right side
    "+": (1, 2, arithmetic.add),
    "-": (1, 2, arithmetic.subtract),
    "*": (3, 4, arithmetic.multiply),
    "/": (3, 4, arithmetic.divide),
    "//": (3, 4, arithmetic.quotient),
    "%": (3, 4, arithmetic.remainder),
    "^": (8, 6, arithmetic.power),  # from the right: 2^3^2 is 2^9, and 2^-1 a half
}
_SIGN = 5  # holds less than a power does: -2^2 is -4
_SAME = {"x": "*", "X": "*", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "−": "-", "–": "-", "**": "^"}
_FUNCTIONS = {  # how many numbers, what is made of them
    "sqrt": ((1, 1), arithmetic.root),
    "abs": ((1, 1), abs),
    "round": ((1, 2), arithmetic.rounded),
    "min": ((1, 99), lambda *numbers: min(numbers)),
    "max": ((1, 99), lambda *numbers: max(numbers)),
}
_SEVERAL = ("round", "min", "max")  # within these a comma separates
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?!,?\d)(?:\.\d*)?")
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>[A-Za-z]+)|(?P<sign>\*\*|//|[^\sA-Za-z0-9.]|\.))")
_CURRENCY = re.compile(r"[$€£](?=\s*[\d.])")


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, sign; end
    text: str  # each operator by one name
    written: str


_END = _Token("end", "", "")


def worked_out(text: str) -> Number:
    """The number that ``text`` stands for. Raises :class:`RefusedError`, which says what is accepted.

    >>> worked_out("1,250 x 2 / 100"), worked_out("-2^2 + 7 % 4"), worked_out("max(3, 4.5)")
    (Fraction(25, 1), Fraction(-1, 1), Fraction(9, 2))
    """
    if len(text) > _CHARACTERS:
        raise RefusedError(f"At most {_CHARACTERS} characters are accepted; these are {len(text):,}.")
    bare = re.sub(r"\s*=\s*\??\s*$", "", _CURRENCY.sub("", text))  # "12 x 7 =" asks the same
    if not bare.strip():
        raise RefusedError(f"A sum is needed, such as 12 x 7. Accepted are numbers and {ACCEPTED}.")
    return _Reader(_tokens(bare)).whole()


def _tokens(text: str) -> list[_Token]:
    """With commas for thousands taken out of the numbers. Within min, max and round they separate, as in
    ``max(1,200)``; where that can be read in two ways it is refused."""
    tokens, at, open_calls = [], 0, []
    while found := _TOKEN.match(text, at):
        at, kind = found.end(), found.lastgroup
        if kind == "number" and (grouped := _GROUPED.match(text, found.start(kind))):
            if not (open_calls and open_calls[-1]):
                tokens.append(_Token(kind, grouped[0].replace(",", ""), grouped[0]))
                at = grouped.end()
                continue
            if re.search(r",\s", text):
                raise RefusedError("A comma is read in two ways here: leave out those for thousands.")
        if found[kind] == "(":
            open_calls.append(bool(tokens) and tokens[-1].text.lower() in _SEVERAL)
        elif found[kind] == ")" and open_calls:
            open_calls.pop()
        same = _SAME.get(found[kind])
        tokens.append(_Token("sign" if same else kind, same or found[kind], found[kind]))
    return tokens


class _Reader:
    def __init__(self, tokens: Sequence[_Token]):
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Number:
        value = self._value(0)
        if self._next.text == ")":
            raise RefusedError("A bracket is closed that was never opened.")
        if self._next.kind != "end":
            raise _unexpected(self._next)
        return value

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _value(self, least: int) -> Number:
        """Reads on as long as the operators hold their left side at least so strongly."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError(f"It is nested too deeply: at most {_DEEPEST} levels are accepted.")
        left = self._first()
        while (sign := self._next.text) in _BINARY and self._next.kind == "sign":
            binds, right, operation = _BINARY[sign]
            if sign == "%" and self._is_percent():
                left = arithmetic.divide(left, Fraction(100))
                continue
            if binds < least:
                break
            self._take()
            left = operation(left, self._value(right))
        self._depth -= 1
        return left

    def _is_percent(self) -> bool:
        """``20%`` before an operator or the end, where no remainder can be meant; it is then taken."""
        after = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else _END
        if after.text in ("+", "-"):
            raise RefusedError(
                f"% before {after.text} is read in two ways: write (20 / 100) for 20 percent, "
                "and brackets around the second number for a remainder."
            )
        percent = after.kind == "end" or after.text in (")", ",", *(_BINARY.keys() - {"%"}))
        self._at += percent
        return percent

    def _first(self) -> Number:
        token = self._take()
        if token.kind == "number":
            return _number(token.text)
        if token.text in ("+", "-"):
            value = self._value(_SIGN)
            return -value if token.text == "-" else value
        if token.text == "(":
            return self._closed(self._value(0))
        if token.kind == "name" and token.text.lower() in _FUNCTIONS:
            return self._called(token.text.lower())
        raise _unexpected(token, "The sum ends where a number is expected.")

    def _called(self, name: str) -> Number:
        if self._take().text != "(":
            raise RefusedError(f"{name} needs brackets around its numbers: {name}(2).")
        numbers = [self._value(0)]
        while self._next.text == ",":
            self._take()
            numbers.append(self._value(0))
        (fewest, most), function = _FUNCTIONS[name]
        if not fewest <= len(numbers) <= most:
            many = "1 number" if most == 1 else f"{fewest} to {most} numbers"
            raise RefusedError(f"{name} accepts {many}; it has {len(numbers)}.")
        return self._closed(arithmetic.sized(function(*numbers)))

    def _closed(self, value: Number) -> Number:
        token = self._take()
        if token.text != ")":
            raise _unexpected(token, "A bracket is opened and never closed.")
        return value


def _unexpected(token: _Token, at_end: str = "") -> RefusedError:
    if token.kind == "end":
        return RefusedError(at_end)
    why = "is not known" if token.kind == "name" else "is not expected there"
    return RefusedError(f'"{one_line(token.written)}" {why}. Accepted are numbers and {ACCEPTED}.')


def _number(text: str) -> Fraction:
    _, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > _EXPONENT:
        raise RefusedError(
            f"The number is out of range: exponents from -{_EXPONENT} to {_EXPONENT} are accepted."
        )
    return arithmetic.sized(Fraction(text))
