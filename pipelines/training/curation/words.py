"""What counts as a word, a sentence and a line: the same for statistics, filters and shingles. Pure."""

import re

# Chinese, Japanese, Thai, Lao, Burmese, Khmer have hardly any spaces, and a Korean syllable is a character:
# each stands for a word.
_ALONE = "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
_ALONE += "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# Vowel signs and other marks belong to the letter before; the re module does not count them as letters.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a"
_MARKS += "\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u200c\u200d"
_SPELT = rf"(?:[^\W{_ALONE}]|[{_MARKS}])+"
_WORDS = re.compile(rf"[{_ALONE}][{_MARKS}]*|{_SPELT}(?:['’]{_SPELT})*")
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
