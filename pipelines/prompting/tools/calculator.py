"""The calculator: a sum in, its result in digits. Standard library only."""

import math
from dataclasses import dataclass
from decimal import Context, Decimal

from pipelines.prompting.tools.arithmetic import Number
from pipelines.prompting.tools.base import RefusedError, bounded
from pipelines.prompting.tools.expression import worked_out

_PLACES = 12  # decimals, or digits that count where a number is smaller than that
_SMALLEST, _LARGEST = (
    Decimal("1e-15"),
    1e15,
)  # beyond, a power of ten is written: for a float only where large


@dataclass(frozen=True)
class Calculator:
    name: str = "calculator"
    does: str = "works out a sum such as 12 x 7"

    def __call__(self, given: str) -> str:
        try:
            return bounded(shown(worked_out(given)))
        except RefusedError as error:
            return str(error)


def shown(number: Number) -> str:
    """In full where its decimals end soon, else rounded; a float to the digits that it has.

    >>> from fractions import Fraction
    >>> shown(Fraction(84)), shown(Fraction(5, 2)), shown(Fraction(2, 3)), shown(2**0.5)
    ('84', '2.5', '0.666666666667', '1.41421356237')
    """
    if isinstance(number, float):
        return (
            f"{number:.{_PLACES}g}" if abs(number) >= _LARGEST else _digits(Decimal(f"{number:.{_PLACES}g}"))
        )
    if number.denominator == 1:
        return str(number.numerator)
    whole = len(str(abs(math.trunc(number)))) if abs(number) >= 1 else 0
    context = Context(prec=whole + _PLACES)
    return _digits(context.divide(Decimal(number.numerator), Decimal(number.denominator)))


def _digits(number: Decimal) -> str:
    if number and abs(number) < _SMALLEST:
        return f"{number.normalize():e}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
