"""Numbers in an answer: where they stand and when two are the same. Values are exact fractions, so that
0.1 + 0.2 of a rationale is 0.3 and numbers too large for a float keep their last digit. Standard library
only.
"""

import re
from fractions import Fraction

_LONGEST = 400  # characters; beyond this a "number" is a run of digits that a model could not stop writing
_CURRENCY = "$£€"
# lm-evaluation-harness, gsm8k *flexible-extract*: (-?[$0-9.,]{2,})|(-?[0-9]+), here with more currencies and
# with fractions, whose parts that filter takes for two numbers.
_ANYWHERE = re.compile(
    rf"(?<![\d/])-?\d[\d,.]{{0,40}}/\d[\d,]{{0,40}}(?:\.\d+)?(?![\d/])|-?[{_CURRENCY}\d.,]{{2,}}|-?\d+",
    re.ASCII,
)
# lm-evaluation-harness, gsm8k-cot *strict-match*: The answer is (\-?[0-9\.\,]+). and gsm8k: #### (…)
_HERE = re.compile(
    rf"\s*([-+]?[{_CURRENCY}]?-?\d[\d,.]*(?:(?:e[-+]?\d+)|(?:\s\d+)?/\d[\d,]*(?:\.\d+)?)?|[-+]?\.\d+)(?:\s?%)?",
    re.ASCII | re.I,
)
_PLAIN = re.compile(r"([-+]?)(\d+\.?\d*|\.\d+)(?:e([-+]?\d{1,3}))?", re.ASCII | re.I)
_MIXED = re.compile(r"([-+]?)(\d+)\s+(\d+/\d+)", re.ASCII)


def number(text: str) -> Fraction | None:
    """The value of a text that is one number and nothing else; None where it is not. Thousands separators,
    currency and percent signs fall away: 50% is 50, as GSM8K counts.

    >>> number("$1,234.0") == number("1234"), number("-3/4"), number("1 1/2"), number("seven")
    (True, Fraction(-3, 4), Fraction(3, 2), None)
    """
    if len(text) > _LONGEST:
        return None
    bare = _bare(text)
    if mixed := _MIXED.fullmatch(bare):
        part = number(mixed[3])
        return None if part is None else (Fraction(mixed[2]) + part) * (-1 if mixed[1] == "-" else 1)
    above, slash, below = bare.partition("/")
    if not slash:
        return _plain(bare)
    over, under = _plain(above.strip()), _plain(below.strip())
    return over / under if over is not None and under else None


class Numbers:
    """Reads numbers. See :class:`pipelines.prompting.extraction.kinds.Kind`."""

    def begin(self, text: str) -> tuple[str, int] | None:
        """
        >>> Numbers().begin(" $18.50 a day")
        ('$18.50', 7)
        """
        found = _HERE.match(_minus(text))
        if not found:
            return None
        return found[1].rstrip(".,"), found.end()

    def last(self, text: str) -> str | None:
        """As lm-evaluation-harness's flexible filter, which joins a minus to the digit after it (``5-3`` ends
        in -3); but dots without a digit are passed over, where that filter would answer ``...``.

        >>> Numbers().last("16 - 3 - 4 = 9 eggs, so $18 in all..."), Numbers().last("none")
        ('$18', None)
        """
        found = [hit for hit in _ANYWHERE.findall(_minus(text)) if re.search(r"\d", hit, re.ASCII)]
        return _trimmed(found[-1]) if found else None

    def key(self, answer: str) -> str | None:
        value = number(answer)
        return None if value is None else str(value)


def _minus(text: str) -> str:
    return text.replace("\u2212", "-")


def _bare(text: str) -> str:
    kept = re.sub(rf"[{_CURRENCY},%*\u202f\u00a0]", "", _minus(text)).strip()
    return kept[:-1] if kept.endswith(".") else kept


def _trimmed(found: str) -> str:
    """``...18.`` → ``18``; ``.5`` stays."""
    found = found.rstrip(".,$")
    return re.sub(r"^(-?)[.,]+(?=\d)", lambda hit: hit[1] + "." * (hit[0].lstrip("-") == "."), found)


def _plain(text: str) -> Fraction | None:
    found = _PLAIN.fullmatch(text)
    if not found:
        return None
    sign, digits, power = found.groups()
    return Fraction(digits) * Fraction(10) ** int(power or 0) * (-1 if sign == "-" else 1)
