"""Text of tokens as HTML in which white space and control characters can be seen. No Gradio."""

import unicodedata
from html import escape

_NAMED = {" ": "·", "\n": "⏎", "\t": "→", "\r": "␍", "\x7f": "␡", "\u00a0": "⍽"}
_JOINER = "\u200d"  # inside an emoji it joins; it is shown only where it stands alone
_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp", "Zs"}


def glyphs(text: str, newline: str = "", space: str = "") -> str:
    """The text, escaped, with a sign for each character that would not show. ``newline`` and ``space`` are
    put behind theirs: a line break, or a place where a line may be broken.

    >>> glyphs("a b")
    'a<span class="gw-space">·</span>b'
    """
    after = {"\n": newline, " ": space}
    joins = text.strip(_JOINER) != ""
    hidden = {c for c in set(text) if _is_hidden(c) and not (joins and c == _JOINER)}
    table = {ord(c): escape(c) for c in set(text)}
    table |= {ord(c): _sign_html(sign_of(c)) + after.get(c, "") for c in hidden}
    shown = text.translate(table)
    return f"◌{shown}" if text and unicodedata.category(text[0]) in ("Mn", "Me") else shown


def sign_of(character: str) -> str:
    """``·`` for a space, ``␀`` for NUL, ``U+202E`` for what has no sign of its own."""
    if character in _NAMED:
        return _NAMED[character]
    return chr(0x2400 + ord(character)) if character < " " else f"U+{ord(character):04X}"


def signs(text: str) -> str:
    """The text with signs, not escaped: for a tooltip or a label.

    >>> signs("a\\n")
    'a⏎'
    """
    return "".join(sign_of(c) if _is_hidden(c) and c != _JOINER else c for c in text)


def bytes_text(raw: bytes) -> str:
    """``e2 82 ac``"""
    return raw.hex(" ")


def text_or_bytes(raw: bytes, fallback: str = "∅") -> str:
    """The bytes as :func:`glyphs`; in hex where they are no whole characters.

    >>> text_or_bytes(b"ok"), text_or_bytes(b"\\xe2\\x82")
    ('ok', '<span class="gw-hex">e2 82</span>')
    """
    try:
        return glyphs(raw.decode("utf-8")) or fallback
    except UnicodeDecodeError:
        return f'<span class="gw-hex">{bytes_text(raw)}</span>'


def _sign_html(sign: str) -> str:
    return f'<span class="gw-space{" gw-unseen" if len(sign) > 1 else ""}">{sign}</span>'


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN
