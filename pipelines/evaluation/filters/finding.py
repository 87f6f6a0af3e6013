"""Steps that find an answer in a text: lm-evaluation-harness's ``regex`` and ``multi_choice_regex``. Standard
library only.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.evaluation.filters.filter import INVALID, Row, Texts


@dataclass(frozen=True)
class Regex:
    """Hit number ``group`` of the pattern, -1 for the last. Of a pattern with several groups it is the first
    that is not empty.

    >>> Regex(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group=-1)(("16 - 3 is 13, or $13.50",), {})
    ('$13.50',)
    """

    pattern: str
    group: int = 0
    fallback: str = INVALID

    def __call__(self, texts: Texts, row: Row) -> Texts:
        return tuple(self._read(text) for text in texts)

    def _read(self, text: str) -> str:
        hit = found(self.pattern, text, self.group)
        return self.fallback if hit is None else hit


@dataclass(frozen=True)
class Letters:
    """The letter of an option, ``(B)``: by the pattern; else by an option's text that stands in the answer;
    else by a letter after a colon. ``choices`` takes the options' texts out of the row."""

    pattern: str
    choices: Callable[[Row], Sequence[str]]
    group: int = 0
    ignore_case: bool = False
    ignore_punctuation: bool = False
    fallback: str = INVALID

    def __call__(self, texts: Texts, row: Row) -> Texts:
        options = [self._folded(choice.strip()) for choice in self.choices(row)]
        return tuple(self._read(text, options) for text in texts)

    def _read(self, text: str, options: Sequence[str]) -> str:
        return (
            found(self.pattern, text, self.group)
            or self._by_text(self._folded(text), options)
            or self._after_colon(text, len(options))
            or self.fallback
        )

    def _by_text(self, text: str, options: Sequence[str]) -> str | None:
        """Longer options first, or one that begins like another would hide it."""
        pattern = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
        hit = found(pattern, text, self.group)
        letters = {option: f"({chr(ord('A') + at)})" for at, option in enumerate(options)}
        return letters.get(hit, hit) if hit else None

    def _after_colon(self, text: str, count: int) -> str | None:
        letters = "|".join(chr(ord("A") + at) for at in range(count))
        hit = found(rf":[\s]*({letters})", text, self.group)
        return f"({hit})" if hit else None

    def _folded(self, text: str) -> str:
        text = text.lower() if self.ignore_case else text
        return without_punctuation(text) if self.ignore_punctuation else text


@dataclass(frozen=True)
class Meant:
    """One of several wordings, as the word that it stands for: ``{r"\\bno\\b": "no"}``."""

    words: Mapping[str, str]
    group: int = 0
    fallback: str = INVALID

    def __call__(self, texts: Texts, row: Row) -> Texts:
        return tuple(self._read(text.lower()) for text in texts)

    def _read(self, text: str) -> str:
        hit = found("|".join(self.words), text, self.group) or ""
        return next(
            (word for pattern, word in self.words.items() if found(pattern, hit, self.group)), self.fallback
        )


def found(pattern: str, text: str, group: int) -> str | None:
    """None where nothing was, or only empty groups."""
    hits = re.findall(pattern, text)
    if not hits:
        return None
    hit = hits[group]
    if isinstance(hit, tuple):
        hit = next((part for part in hit if part), None)
    return None if hit is None else hit.strip()


def without_punctuation(text: str) -> str:
    return "".join(sign for sign in text if not unicodedata.category(sign).startswith("P"))
