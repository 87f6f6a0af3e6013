"""Characters that leave no ink made visible: white space, controls, joiners, what is unassigned.

Here each character of a text stands by itself, for views that show what a tokenizer did. The text as it is
read, in which an emoji keeps its joiners, is :mod:`app.tokenizer.shown_text`'s, with the same signs.

>>> glyph_text("a b\\n\\x00")
'a·b⏎␀'
"""

import re
import unicodedata
from html import escape

_SIGNS = {" ": "·", "\n": "⏎", "\t": "→", "\r": "␍", "\x7f": "␡", "\u00a0": "⍽"}
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


def sign_of(char: str) -> str:
    """``·`` for a space, ``␀`` for NUL, ``U+202E`` for what has no sign of its own."""
    if char in _SIGNS:
        return _SIGNS[char]
    return chr(0x2400 + ord(char)) if char < " " else code_point(char)


def is_unseen(char: str) -> bool:
    """Whether it leaves no ink wherever it stands: marks that change what is before them do not count."""
    return unicodedata.category(char) in _UNSEEN


def glyph(char: str) -> str:
    """What stands for a character that cannot be seen; empty for one that can.

    >>> glyph(" "), glyph("\\u200d"), glyph("a")
    ('·', 'U+200D', '')
    """
    return sign_of(char) if is_unseen(char) or _INKLESS.match(char) else ""


def glyph_text(text: str) -> str:
    """The text with a glyph in the place of each unseen character; a mark without a letter gets a ring.

    >>> glyph_text("a\\u200d")
    'a[U+200D]'
    """
    if _PLAIN.fullmatch(text):
        return text
    return ring(text) + "".join(_boxed(glyph(char)) or char for char in text)


def plain_text(text: str) -> str:
    """For prose: spaces stay, all else that cannot be seen gets its glyph."""
    return "".join(char if char == " " else _boxed(glyph(char)) or char for char in text)


def glyphs_html(text: str) -> str:
    """The same as safe HTML, the glyphs set apart from the characters of the text; ∅ for nothing.

    >>> glyphs_html("<b> ")
    '&lt;b&gt;<span class="gw-space">·</span>'
    """
    if _PLAIN.fullmatch(text):
        return escape(text) or sign_html("∅")
    before = sign_html("◌") if ring(text) else ""
    return before + "".join(sign_html(glyph(char)) or escape(char) for char in text)


def sign_html(sign: str) -> str:
    """A glyph, framed where it is a code point; empty for none."""
    boxed = " gw-unseen" if len(sign) > 1 else ""
    return f'<span class="gw-space{boxed}">{sign}</span>' if sign else ""


def ring(text: str) -> str:
    """What a mark at the beginning of the text is put over; empty where there is none."""
    return "◌" if text and unicodedata.category(text[0]) in ("Mn", "Me") else ""


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
