"""The one form in which a text is kept, so that what looks the same is the same. Standard library only."""

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Characters that nobody sees: controls, half surrogate pairs, the byte order mark, soft hyphens, and the tag
# characters in which instructions can be hidden from the reader's eye.
_UNSEEN = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\xad\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]")
_NEWLINES = re.compile("\n{3,}")


def normal(text: str) -> str:
    """NFC, lines ended by ``\\n``, no unseen characters, no trailing blanks, at most one empty line in a row
    and none around. Doing it twice changes nothing.

    >>> normal("Cafe\\u0301 \\r\\n\\r\\n\\r\\nopen\\0 ")
    'Café\\n\\nopen'
    """
    lines = unicodedata.normalize("NFC", seen(text)).split("\n")
    return _NEWLINES.sub("\n\n", "\n".join(map(str.rstrip, lines))).strip("\n")


def seen(text: str) -> str:
    """The text with every line ended by ``\\n`` and without unseen characters; all that is done to code."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def one_line(text: str, most: int = 200) -> str:
    """For titles and labels: no line breaks, no runs of blanks, never long."""
    words = " ".join(normal(text[: 4 * most]).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
