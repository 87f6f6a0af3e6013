"""Numbers in an answer, in figures or in English words. Standard library only."""

import re
from dataclasses import dataclass

from pipelines.evaluation.filters.filter import INVALID, Row, Texts
from pipelines.evaluation.filters.finding import found

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_POWERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_VALUES, "hundred", *_POWERS], key=len, reverse=True))
_RUN = rf"\b((?:{_WORD})(?:(?:[\s,-]+|\s+and\s+)(?:{_WORD}))*)\b"


@dataclass(frozen=True)
class Numbers:
    """The figures of a text; where there are none, its number words as figures. lm-evaluation-harness leaves
    the words to the package word2number, which these need not; a hyphen (twenty-one) is read too."""

    group: int = 0
    fallback: str = INVALID

    def __call__(self, texts: Texts, row: Row) -> Texts:
        return tuple(self._read(text) for text in texts)

    def _read(self, text: str) -> str:
        if figures := found(r"([-0-9]+)", text, self.group):
            return figures
        words = found(_RUN, text.lower(), self.group)
        return str(value_of(words)) if words else self.fallback


def value_of(words: str) -> int:
    """
    >>> value_of("two thousand three hundred and twenty-one")
    2321
    """
    whole = part = 0
    for word in re.findall(rf"\b(?:{_WORD})\b", words):
        if word == "hundred":
            part = max(part, 1) * 100
        elif word in _POWERS:
            whole, part = whole + max(part, 1) * _POWERS[word], 0
        else:
            part += _VALUES[word]
    return whole + part
