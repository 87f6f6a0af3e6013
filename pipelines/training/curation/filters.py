"""Quality filters: pure functions from a text to the reason why it is refused, or ``""``.

Simple rules in the manner of Gopher (Rae et al. 2021) and C4 (Raffel et al. 2020). They know no language
model and no file; each knows one threshold.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.training.curation.specs import CurateSpec
from pipelines.training.curation.words import lines, sentences, stands_alone, words

GRAM = 4
_PUNCTUATION = frozenset(".,;:!?'\"()-–—‘’“”«»„…/&%*、。，！？：；「」『』（）·¿¡")


@dataclass(frozen=True)
class Filter:
    """``name`` is the spec's field, ``judge`` gives the reason for a refusal or ``""``."""

    name: str
    label: str
    judge: Callable[[str], str]


def filters(spec: CurateSpec) -> list[Filter]:
    """The filters that the spec switches on, in the order in which they are applied: cheap ones first.

    >>> [f.name for f in filters(CurateSpec(max_digit_share=0))][:3]
    ['min_characters', 'max_characters', 'max_symbol_share']
    """
    return [
        Filter(name, label, _with(judge, getattr(spec, name)))
        for name, label, judge in _FILTERS
        if getattr(spec, name)
    ]


def too_short(text: str, least: float) -> str:
    return f"{len(text):,} characters, fewer than {least:,}" if len(text) < least else ""


def too_long(text: str, most: float) -> str:
    return f"{len(text):,} characters, more than {most:,}" if len(text) > most else ""


def too_many_symbols(text: str, most: float) -> str:
    share = symbol_share(text)
    return f"{share:.0%} symbols, more than {most:.0%}" if share > most else ""


def too_many_digits(text: str, most: float) -> str:
    visible = sum(map(len, text.split()))
    share = sum(map(str.isdigit, text)) / visible if visible else 0.0
    return f"{share:.0%} digits, more than {most:.0%}" if share > most else ""


def repeats_lines(text: str, most: float) -> str:
    share = _repeated(lines(text))
    return f"{share:.0%} of the lines occurred before, more than {most:.0%}" if share > most else ""


def repeats_grams(text: str, most: float) -> str:
    found = [word.casefold() for word in words(text)]
    grams = list(zip(*(found[k:] for k in range(GRAM)), strict=False))
    share = _repeated(grams)
    return f"{share:.0%} of the 4-grams occurred before, more than {most:.0%}" if share > most else ""


def words_too_short(text: str, least: float) -> str:
    mean = mean_word_length(text)
    return f"{mean:.1f} letters a word, fewer than {least:g}" if mean < least else ""


def words_too_long(text: str, most: float) -> str:
    mean = mean_word_length(text)
    return f"{mean:.1f} letters a word, more than {most:g}" if mean > most else ""


def sentences_too_short(text: str, least: float) -> str:
    mean = len(words(text)) / sentences(text)
    return f"{mean:.1f} words a sentence, fewer than {least:g}" if mean < least else ""


def symbol_share(text: str) -> float:
    """Share of the visible characters that are no letter, mark, digit or usual punctuation.

    >>> symbol_share("<b>|x|</b>")
    0.6
    """
    visible = "".join(text.split())
    odd = sum(
        1 for c in visible if not (c.isalnum() or c in _PUNCTUATION or unicodedata.category(c)[0] == "M")
    )
    return odd / len(visible) if visible else 0.0


def mean_word_length(text: str) -> float:
    """Letters a word; scripts without spaces are left out, and a text of them alone gets a usual value."""
    found = words(text)
    spelt = [len(word) for word in found if not stands_alone(word)]
    if spelt and 2 * len(spelt) >= len(found):
        return sum(spelt) / len(spelt)
    return _USUAL if found else 0.0


_USUAL = 5.0
_FILTERS: tuple[tuple[str, str, Callable[[str, float], str]], ...] = (
    ("min_characters", "too short", too_short),
    ("max_characters", "too long", too_long),
    ("max_symbol_share", "symbols", too_many_symbols),
    ("max_digit_share", "digits", too_many_digits),
    ("max_repeated_lines", "repeated lines", repeats_lines),
    ("max_repeated_grams", "repeated 4-grams", repeats_grams),
    ("min_word_length", "short words", words_too_short),
    ("max_word_length", "long words", words_too_long),
    ("min_sentence_words", "no sentences", sentences_too_short),
)


def _with(judge: Callable[[str, float], str], bound: float) -> Callable[[str], str]:
    return lambda text: judge(text, bound)


def _repeated(items: Sequence[object]) -> float:
    """Share of the items that occurred earlier: 0 for all different."""
    return 1 - len(set(items)) / len(items) if items else 0.0
