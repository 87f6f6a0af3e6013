"""Which training documents repeat a test set: shared runs of 13 words, the measure of the GPT-3 paper
(Brown et al. 2020, appendix C).

Knows nothing about files or models. Standard library only.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

WORDS = 13
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def grams(text: str, size: int = WORDS) -> Iterator[bytes]:
    """A digest of each run of ``size`` words; case and punctuation do not count."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    for first in range(len(words) - size + 1):
        yield hashlib.blake2b(" ".join(words[first : first + size]).encode(), digest_size=8).digest()


class Held:
    """The runs of words of texts that must not be trained on.

    >>> held = Held(["one two three four"], size=3)
    >>> held.shares("zero one two, THREE"), held.shares("one two four")
    (True, False)
    """

    def __init__(self, texts: Iterable[str], size: int = WORDS):
        self._size = size
        self._grams = {gram for text in texts for gram in grams(text, size)}

    def __len__(self) -> int:
        return len(self._grams)

    def shares(self, text: str) -> bool:
        return any(gram in self._grams for gram in grams(text, self._size))
