"""Text as it is read, as HTML in which white space and control characters can be seen: what joins the parts
of an emoji or chooses its form stays where it is. No Gradio.
"""

from html import escape

from app.tokenizer.glyphs import is_unseen, ring, sign_html, sign_of

_JOINER = "\u200d"  # inside an emoji it joins; it is shown only where it stands alone


def glyphs(text: str, newline: str = "", space: str = "") -> str:
    """The text, escaped, with a sign for each character that would not show. ``newline`` and ``space`` are
    put behind theirs: a line break, or a place where a line may be broken.

    >>> glyphs("a b")
    'a<span class="gw-space">·</span>b'
    """
    after = {"\n": newline, " ": space}
    joins = text.strip(_JOINER) != ""
    hidden = {c for c in set(text) if is_unseen(c) and not (joins and c == _JOINER)}
    table = {ord(c): escape(c) for c in set(text)}
    table |= {ord(c): sign_html(sign_of(c)) + after.get(c, "") for c in hidden}
    return ring(text) + text.translate(table)


def signs(text: str) -> str:
    """The text with signs, not escaped: for a tooltip or a label.

    >>> signs("a\\n")
    'a⏎'
    """
    return "".join(sign_of(c) if is_unseen(c) and c != _JOINER else c for c in text)


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
