"""Sums on exact numbers, and on floats where there is no exact one (the root of 2); each is refused before it
grows out of bounds. Knows nothing of how a sum is written. Standard library only.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from pipelines.prompting.tools.base import RefusedError

Number = Fraction | float
MOST_DIGITS = 500
_BITS = int(MOST_DIGITS * math.log2(10))
_PLACES = 30  # as far as one may round


def sized(number: Number) -> Number:
    """The number itself; a float where only its fraction is too long.

    Raises :class:`RefusedError` where it is too large or too small to be shown.
    """
    if isinstance(number, float):
        if not math.isfinite(number):
            raise _too_large()
        return number
    if max(number.numerator.bit_length(), number.denominator.bit_length()) <= _BITS:
        return number
    if number.denominator == 1:
        raise _too_large()
    return _worked(lambda: _not_lost(float(number)))


def _not_lost(number: Number) -> Number:
    """For what cannot be 0: a float becomes so where it is too small."""
    if number == 0:
        raise _too_small()
    return number


def add(one: Number, other: Number) -> Number:
    return _worked(lambda: one + other)


def subtract(one: Number, other: Number) -> Number:
    return _worked(lambda: one - other)


def multiply(one: Number, other: Number) -> Number:
    return _worked(lambda: _not_lost(one * other) if one and other else Fraction(0))


def divide(one: Number, other: Number) -> Number:
    if other == 0:
        raise RefusedError("Division by zero has no result.")
    return _worked(lambda: _not_lost(one / other) if one else Fraction(0))


def quotient(one: Number, other: Number) -> Number:
    """Whole, rounded down, as ``//`` of Python is."""
    if other == 0:
        raise RefusedError("Division by zero has no result.")
    return _worked(lambda: Fraction(one // other))


def remainder(one: Number, other: Number) -> Number:
    """With the sign of ``other``, as ``%`` of Python has it."""
    if other == 0:
        raise RefusedError("A remainder of a division by zero has no result.")
    return _worked(lambda: one % other)


def power(base: Number, exponent: Number) -> Number:
    """Exact for a whole exponent. How long it would be is estimated first: ``9**9**9`` costs nothing."""
    if base == 0 and exponent < 0:
        raise RefusedError("Division by zero has no result: 0 has no negative power.")
    if base == 0 or exponent == 0:
        return Fraction(exponent == 0)
    whole = exponent == int(exponent)
    if base < 0 and not whole:
        raise RefusedError("A root of a negative number has no real value.")
    if whole and isinstance(base, Fraction):
        return _worked(lambda: _whole_power(base, int(exponent)))
    if exponent == Fraction(1, 2):
        return root(base)
    return _worked(lambda: _not_lost(float(base) ** float(exponent)))


def _whole_power(base: Fraction, exponent: int) -> Number:
    if base in (1, -1):
        return base ** (exponent % 2)
    longest = max(abs(base.numerator), base.denominator).bit_length()
    # a number of n bits is at least 2 ** (n - 1): at least so many bits has the result
    if abs(exponent) * (longest - 1) <= _BITS:
        return base**exponent
    if base.denominator == 1 and exponent > 0:
        raise _too_large()
    return _not_lost(float(base) ** exponent)


def root(number: Number) -> Number:
    """Exact where it is a fraction.

    >>> root(Fraction(9, 4)), root(Fraction(2))
    (Fraction(3, 2), 1.4142135623730951)
    """
    if number < 0:
        raise RefusedError("The square root of a negative number has no real value.")
    if isinstance(number, Fraction):
        above, below = math.isqrt(number.numerator), math.isqrt(number.denominator)
        if (above * above, below * below) == (number.numerator, number.denominator):
            return Fraction(above, below)
    return _worked(lambda: _not_lost(math.sqrt(number)))


def rounded(number: Number, places: Number = Fraction(0)) -> Number:
    """A half goes away from zero, as taught in schools: 2.5 gives 3 (Python's gives 2)."""
    if places != int(places) or abs(places) > _PLACES:
        raise RefusedError(f"round accepts a whole number of places from -{_PLACES} to {_PLACES}.")
    scale = Fraction(10) ** int(places)
    whole = math.floor(abs(Fraction(number)) * scale + Fraction(1, 2))
    return sized((whole if number >= 0 else -whole) / scale)


def _worked(sum_of: Callable[[], Number]) -> Number:
    try:
        return sized(sum_of())
    except OverflowError:
        raise _too_large() from None
    except ZeroDivisionError:  # by a fraction that is 0 as a float; by 0 itself is refused before
        raise _too_small() from None


def _too_large() -> RefusedError:
    return RefusedError(f"The number is too large: at most {MOST_DIGITS} digits are worked with.")


def _too_small() -> RefusedError:
    return RefusedError("The number is too small: nearer to 0 than can be worked with.")
