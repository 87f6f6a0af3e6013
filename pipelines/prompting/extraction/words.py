"""A word of a closed set in an answer: a label, or yes and no, true and false. Standard library only."""

import re
from collections.abc import Mapping, Sequence

BOOLEAN = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}


class Words:
    """Reads one of ``labels``, whatever its case. Labels that ``same`` maps to one word are one answer."""

    def __init__(self, labels: Sequence[str], same: Mapping[str, str] | None = None):
        self._labels = {plain: label for label in labels if (plain := _plain(label))}
        self._same = same or {}
        # The longest first: "not valid" before "valid".
        told = "|".join(
            r"\s+".join(map(re.escape, label.split()))
            for label in sorted(self._labels, key=len, reverse=True)
        )
        self._pattern = re.compile(rf"(?<!\w)(?:{told})(?!\w)", re.I) if told else None

    def begin(self, text: str) -> tuple[str, int] | None:
        """
        >>> Words(["positive", "negative"]).begin(" Negative, because it rains")
        ('negative', 9)
        """
        start = len(text) - len(text.lstrip())
        found = self._pattern.match(text, start) if self._pattern else None
        return (self._labels[_plain(found[0])], found.end()) if found else None

    def last(self, text: str) -> str | None:
        """As lm-evaluation-harness reads BBH's yes, no, true, false and valid: the last that stands alone.

        >>> Words(["valid", "invalid"]).last("It looks valid. But no: invalid.")
        'invalid'
        """
        found = self._pattern.findall(text) if self._pattern else []
        return self._labels[_plain(found[-1])] if found else None

    def key(self, answer: str) -> str | None:
        """Of a word outside the set None."""
        word = _plain(answer)
        word = word if word in self._labels else word.strip(".!\"'*")
        return self._same.get(word, word) if word in self._labels else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
