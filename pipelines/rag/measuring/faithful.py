"""How much of an answer the passages back, by words alone: where nothing better is there. Pure, never NaN."""

import re
from collections.abc import Sequence

from pipelines.common.sentences import sentences_of

_WORD = re.compile(r"\w+")
_SMALL_WORDS = """a an and are as at be been but by can could did do does for from had has have he her his
    i if in into is it its may me more most my no not of on or our out she should so some such than that
    the their them then there these they this those to up was we were what when where which while who will
    with would you your"""
_SMALL = frozenset(_SMALL_WORDS.split())


def overlaps(answer: str, passages: Sequence[str]) -> tuple[float, ...]:
    """For each sentence of the answer, the share of its words (without the small ones) that the passage which
    has most of them has. A sentence of small words alone has nothing to back, and counts 1.

    >>> overlaps("The fox ate grapes. It flew.", ["A fox saw grapes and ate them."])
    (1.0, 0.0)
    """
    known = [words(text) for text in passages]
    sentences = [words(answer[start:end]) for start, end in sentences_of(answer)]
    return tuple(_share(one, known) for one in sentences)


def words(text: str) -> frozenset[str]:
    """What the text is about: its words in small letters, without the small words."""
    return frozenset(_WORD.findall(text.lower())) - _SMALL


def _share(wanted: frozenset[str], known: Sequence[frozenset[str]]) -> float:
    if not wanted:
        return 1.0
    return max((len(wanted & one) / len(wanted) for one in known), default=0.0)
