"""What counts as a word, a sentence and a line: the same for statistics, filters and shingles. Pure."""

import re

from pipelines.common.words import HANGUL, WITHOUT_SPACES, word_pattern

_ALONE = WITHOUT_SPACES + HANGUL  # a Korean syllable is a character, and stands for a word here
_WORDS = word_pattern(_ALONE)
_SENTENCE_END = re.compile(r"[。！？।]+|[.!?…]+[\"'”’»)\]]*(?:\s|$)|\n\s*\n")
_FIRST_ALONE = re.compile(rf"[{_ALONE}]")


def words(text: str) -> list[str]:
    """
    >>> words("Don't stop, 3 times! 犬が")
    ["Don't", 'stop', '3', 'times', '犬', 'が']
    """
    return _WORDS.findall(text)


def sentences(text: str) -> int:
    """Sentences by their ends and by blank lines; a text with words has at least one."""
    parts = _SENTENCE_END.split(text)
    return max(1, sum(1 for part in parts if _WORDS.search(part)))


def lines(text: str) -> list[str]:
    """The lines that hold more than white space, stripped."""
    return [line for raw in text.splitlines() if (line := raw.strip())]


def stands_alone(word: str) -> bool:
    """Whether it is one character of a script without spaces."""
    return _FIRST_ALONE.match(word) is not None
