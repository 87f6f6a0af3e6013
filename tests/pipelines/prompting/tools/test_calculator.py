"""The calculator against Python's own arithmetic on fractions, and what it refuses."""

import random
from fractions import Fraction

import pytest

from pipelines.prompting.tools.arithmetic import power
from pipelines.prompting.tools.base import MOST, RefusedError
from pipelines.prompting.tools.calculator import Calculator, shown
from pipelines.prompting.tools.expression import worked_out

calculate = Calculator()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("12 x 7", "84"), ("12 X 7 =", "84"), ("12 × 7 = ?", "84"), ("84 ÷ 7", "12"), ("5 − 7", "-2"),
        ("1,234,567 + 1", "1234568"), ("$1,250.50 * 2", "2501"), ("-2^2", "-4"), ("2^-1", "0.5"),
        ("2 ** 3 ^ 2", "512"), ("-7 % 4", "1"), ("7 // 2", "3"), ("0.1 + 0.2", "0.3"), ("1 / 3 * 3", "1"),
        ("2/3", "0.666666666667"), ("1e20/3", "33333333333333333333.333333333333"),
        ("1/1e14", "0.00000000000001"),
        ("1e-30", "1e-30"), ("sqrt(1,024)", "32"), ("sqrt(2)^2", "2"), ("4^0.5", "2"), ("27^(1/3)", "3"),
        ("(1 + 0.05/365)^3650 * 1000", "1648.66481377"), ("max(100,200)", "200"), ("MIN(3, 2, 1)", "1"),
        ("round(2.5)", "3"), ("round(-2.675, 2)", "-2.68"), ("round(1234, -2)", "1200"), ("abs(-3)", "3"),
        ("20% * 50", "10"), ("50 x 20%", "10"), ("2^50%", "1.41421356237"), ("0^0", "1"),
        ("123456789123 x 987654321987", str(123456789123 * 987654321987)), ("1^999999999999", "1"),
        ("(-1)^1000001", "-1"), ("0^99999999999", "0"),
    ],
)  # fmt: skip
def test_sums(text, result):
    assert calculate(text) == result


SIGNS = {"+": "+", "-": "-", "*": "*", "x": "*", "×": "*", "/": "/", "÷": "/", "%": "%", "//": "//"}


def written(chance: random.Random, depth: int) -> tuple[str, str]:
    """A sum as we write it, and the same on Python's fractions."""
    kind = chance.random()
    if depth == 0 or kind < 0.25:
        number = str(chance.randrange(10_000)) + chance.choice(["", "", f".{chance.randrange(100)}"])
        grouped = f"{int(number):,}" if number.isdigit() else number
        return chance.choice([number, grouped]), f"Fraction('{number}')"
    one, same = written(chance, depth - 1)
    if kind < 0.35:
        return f"-({one})", f"-Fraction({same})"
    if kind < 0.45:
        exponent = chance.randrange(-3, 4)
        return f"({one}){chance.choice(['^', '**'])}{exponent}", f"Fraction({same})**{exponent}"
    if kind < 0.5:
        return f"-{one}^2", f"-{same}**2"
    other, equal = written(chance, depth - 1)
    sign = chance.choice(list(SIGNS))
    space = " " if chance.random() < 0.5 or sign == "%" else ""
    if sign == "%":  # before a sign it could be percent
        other, equal = f"({other})", f"Fraction({equal})"
    return f"{one}{space}{sign}{space}{other}", f"{same} {SIGNS[sign]} {equal}"


def test_it_reckons_and_binds_as_python_does():
    chance, compared = random.Random(7), 0
    for _ in range(1_500):
        text, same = written(chance, 4)
        if len(text) > 400:
            continue
        try:
            expected = eval(same, {"Fraction": Fraction})
        except ZeroDivisionError:
            assert "division by zero" in calculate(text).lower(), text
            continue
        found = worked_out(text)
        compared += 1
        if isinstance(found, Fraction):
            assert found == expected, text
        else:  # a fraction of more than 500 digits
            assert found == pytest.approx(float(expected), rel=1e-9), text
    assert compared > 1_000


def test_a_number_is_shown_to_its_last_digit_or_rounded():
    chance = random.Random(8)
    for _ in range(500):
        number = Fraction(chance.randrange(-(10**9), 10**9), chance.choice([1, 2, 3, 7, 8, 10, 125, 10**6]))
        assert abs(Fraction(shown(number)) - number) <= max(1, abs(number)) * Fraction(1, 10**11)
        whole = number.numerator
        assert shown(Fraction(whole)) == str(whole)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9**9**9", "too large"), ("9^9^9^9^9", "too large"), ("2^5000", "too large"),
        ("-3^99999999999", "too large"),
        ("1e400 * 1e101", "too large"), ("2^0.5 * 1e308 * 10 * 10", "too large"),
        ("1e999999999", "exponents from"),
        ("0.5^5000", "too small"), ("1e-400^-0.5", "too small"), ("sqrt(2)/1e-400", "too small"),
        ("sqrt(2) * 1e-400", "too small"), ("sqrt(2e-400*1e-399)", "too small"),
        ("round(10^490/3, 30)", "too large"), ("sqrt(2) % 1e-400", "too small"),
        ("1/0", "Division by zero"), ("5 % 0", "division by zero"),
        ("1 // 0", "zero"),
        ("0^-1", "Division by zero"), ("(-8)^(1/3)", "no real value"), ("sqrt(-1)", "no real value"),
        ("(" * 200 + "1" + ")" * 200, "nested too deeply"), ("-" * 300 + "1", "nested too deeply"),
        ("2^" * 200 + "1", "nested too deeply"), ("1+" * 300 + "1", "At most 500 characters"),
        ("", "A sum is needed"), ("=", "A sum is needed"), ("(1", "never closed"), ("1)", "never opened"),
        ("1 +", "ends where a number is expected"), ("sqrt 4", "sqrt needs brackets"),
        ("round(1, 2, 3)", "round accepts 1 to 2 numbers; it has 3"), ("abs(1, 2)", "abs accepts 1 number"),
        ("round(1, 99)", "from -30 to 30"), ("max(1,200, 900)", "comma is read in two ways"),
        ("10% + 5", "% before + is read in two ways"), ("5 %% 3", '"%" is not expected'),
        ("12,34", '"," is not expected'), ("1.2.3", '".3" is not expected'), ("2(3)", "Accepted are numbers"),
        ("12 * 7 = 84", '"=" is not expected'), ("15% of 80", '"of" is not known'),
        ("__import__('os')", "Accepted are"), ("(1).__class__", "Accepted are"),
        ("lambda: 1", "Accepted are"),
        ("open('/etc/passwd')", '"open" is not known'), ("1 if 1 else 2", "Accepted are"),
        ("x", '"x" is not'),
        ("[1]*9", "Accepted are"), ("twelve", '"twelve" is not known'), ("\x00", "Accepted are"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_why(text, said):
    assert said in calculate(text)


def test_a_power_that_is_too_large_is_never_begun():
    class Base(Fraction):
        def __pow__(self, exponent):
            raise AssertionError("it was begun")

    for base, exponent in ((9, 10_000), (2, 1_700), (-10, 600)):
        with pytest.raises(RefusedError, match="too large"):
            power(Base(base), Fraction(exponent))


def test_any_text_gives_a_number_or_a_reason_that_is_short():
    chance = random.Random(9)
    parts = [*"0123456789+-*/^%(),.=x×÷ e", "**", "//", "sqrt", "max(", "round(", "9" * 60, "ü", "\ud800"]
    parts += ["1e-400", "1e400", "(1e480/3)", "sqrt(2)", "^0.5", "^-0.5", "5.", "5.e3"] * 2
    numbers = 0
    for _ in range(4_000):
        text = "".join(chance.choices(parts, k=chance.randrange(1, 12)))
        found = calculate(text)
        assert found and len(found) <= MOST
        try:
            worked_out(text)
            numbers += 1
        except RefusedError as error:
            assert str(error) == found
    assert numbers > 200
