"""What a word is, as a pattern: runs of letters and their marks, and single characters of scripts that hardly
have spaces. Pure.
"""

import re

# Chinese, Japanese, Thai, Lao, Burmese, Khmer: each character stands for a word.
WITHOUT_SPACES = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
HANGUL = "\uac00-\ud7af"
# Vowel signs and other marks belong to the letter before; the re module does not count them as letters.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u200c\u200d"
)


def word_pattern(alone: str = WITHOUT_SPACES) -> re.Pattern[str]:
    """Matches one word. The characters of the class ``alone`` are words of their own.

    >>> word_pattern().findall("Don't stop, 3 times! 犬が")
    ["Don't", 'stop', '3', 'times', '犬', 'が']
    """
    spelt = rf"(?:[^\W{alone}]|[{_MARKS}])+"
    return re.compile(rf"[{alone}][{_MARKS}]*|{spelt}(?:['’]{spelt})*")
