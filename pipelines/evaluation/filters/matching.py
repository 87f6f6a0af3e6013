"""``exact_match``: whether an answer is the wanted one, after all that does not count has been taken out of
both. Standard library only.
"""

import re
import string
from dataclasses import dataclass

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class ExactMatch:
    """``ignored`` are patterns, taken out in their order, before case and punctuation are looked at:
    the order of lm-evaluation-harness.

    >>> ExactMatch(ignored=(",", r"\\$")).same("$1,234", "1234")
    True
    """

    ignored: tuple[str, ...] = ()
    ignore_case: bool = False
    ignore_punctuation: bool = False

    def same(self, answer: str, wanted: str) -> bool:
        return self.kept(answer) == self.kept(wanted)

    def kept(self, text: str) -> str:
        """What of a text is compared. Null characters at the end do not count: numpy, in which the harness
        compares, has none there."""
        for pattern in self.ignored:
            text = re.sub(pattern, "", text)
        text = text.lower() if self.ignore_case else text
        text = text.translate(_NO_PUNCTUATION) if self.ignore_punctuation else text
        return text.rstrip("\0")
