"""Every character that leaves no ink made visible, joiners and variation selectors too: for views that show
what a tokenizer did, character by character. The signs are those of :mod:`app.tokenizer.shown_text`.

>>> glyph_text("a b\\n\\x00")
'a·b⏎␀'
"""

import re
import unicodedata
from html import escape

from app.tokenizer.shown_text import sign_of

_CONTROLS = {
    "\x00": "NULL",
    "\t": "CHARACTER TABULATION",
    "\n": "LINE FEED",
    "\x0b": "LINE TABULATION",
    "\x0c": "FORM FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}
# Controls, white space, what joins or turns, private use and what is unassigned; then marks without ink.
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn", "Cs"}
_INKLESS = re.compile(
    "[\ufe00-\ufe0f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
)
_PLAIN = re.compile(r"[!-~]*")


def glyph(char: str) -> str:
    """What stands for a character that cannot be seen; empty for one that can.

    >>> glyph(" "), glyph("\\u200d"), glyph("a")
    ('·', 'U+200D', '')
    """
    unseen = unicodedata.category(char) in _UNSEEN or _INKLESS.match(char)
    return sign_of(char) if unseen else ""


def glyph_text(text: str) -> str:
    """The text with a glyph in the place of each unseen character; a mark without a letter gets a ring.

    >>> glyph_text("a\\u200d")
    'a[U+200D]'
    """
    if _PLAIN.fullmatch(text):
        return text
    shown = "".join(_boxed(glyph(char)) or char for char in text)
    return f"◌{shown}" if _leading_mark(text) else shown


def plain_text(text: str) -> str:
    """For prose: spaces stay, all else that cannot be seen gets its glyph."""
    return "".join(char if char == " " else _boxed(glyph(char)) or char for char in text)


def glyphs_html(text: str) -> str:
    """The same as safe HTML, the glyphs set apart from the characters of the text; ∅ for nothing.

    >>> glyphs_html("<b> ")
    '&lt;b&gt;<span class="gw-space">·</span>'
    """
    if _PLAIN.fullmatch(text):
        return escape(text) or '<span class="gw-space">∅</span>'
    ring = '<span class="gw-space">◌</span>' if _leading_mark(text) else ""
    return ring + "".join(map(_html, text))


def code_point(char: str) -> str:
    """``U+00E9``"""
    return f"U+{ord(char):04X}"


def name_of(char: str) -> str:
    """The character's name in Unicode; for one that has none, what kind it is."""
    kinds = {"Cc": "control character", "Co": "private use", "Cn": "unassigned"}
    known = unicodedata.name(char, "") or _CONTROLS.get(char, "")
    return known or kinds.get(unicodedata.category(char), "no name")


def _boxed(sign: str) -> str:
    return f"[{sign}]" if len(sign) > 1 else sign


def _html(char: str) -> str:
    sign = glyph(char)
    boxed = " gw-unseen" if len(sign) > 1 else ""
    return f'<span class="gw-space{boxed}">{sign}</span>' if sign else escape(char)


def _leading_mark(text: str) -> bool:
    return unicodedata.category(text[0]) in ("Mn", "Me")
