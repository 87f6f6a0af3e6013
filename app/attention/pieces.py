"""Pieces of HTML that several parts of the Attention tab are made of. No Gradio."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from app.python_code import code_html
from app.tokenizer.chips import chip_html
from app.tokenizer.glyphs import glyph_text

LONGEST = 40  # characters of a token that are shown


def token_html(text: str, special: bool = False) -> str:
    """A token as a chip."""
    return chip_html(text, "gw-special" if special else "", longest=LONGEST)


def token_plain(text: str, longest: int = LONGEST) -> str:
    """A token's beginning with its unseen characters visible; not escaped.

    >>> token_plain(" onomatopoeia", 6)
    '·onoma…'
    """
    return (glyph_text(text[:longest]) or "∅") + "…" * (len(text) > longest)


def token_text(text: str, longest: int = LONGEST) -> str:
    """The same, escaped."""
    return escape(token_plain(text, longest))


def table_html(label: str, heads: Iterable[str], rows: Iterable[str], style: str = "") -> str:
    """``heads`` are the insides of the column heads, ``rows`` those of the rows."""
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="{f"gw-detail-table {style}".rstrip()}" tabindex="0" role="region" '
        f'aria-label="{escape(label)}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def share_html(value: float, most: float, side: str = "") -> str:
    """A probability or share as a bar relative to ``most``; ``side`` is was or is where there are two."""
    style = f"gw-why-share gw-side-{side}" if side else "gw-why-share"
    return _bar(value / most, style, f"{value:.1%}")


def signed_html(value: float, most: float) -> str:
    """A number as a bar to either side of zero."""
    style = f"gw-why-signed gw-why-{'minus' if value < 0 else 'plus'}"
    return _bar(abs(value) / most, style, signed_text(value))


def signed_text(value: float) -> str:
    """Three digits, with a sign where they are not all zero.

    >>> signed_text(-0.0001), signed_text(-1.5)
    ('0.000', '−1.500')
    """
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}".replace("-", "−")


def fold_html(code: str) -> str:
    """*The same in Python*; nothing without code."""
    if not code:
        return ""
    return f'<details class="gw-att-fold"><summary>The same in Python</summary>{code_html(code)}</details>'


def data_html(value: dict[str, Any]) -> str:
    """What the download button saves. An attribute: a template's content stays when the page is updated."""
    return f'<div class="gw-data" hidden data-json="{escape(json.dumps(value))}"></div>'


def _bar(share: float, style: str, number: str) -> str:
    return (
        f'<span class="gw-why-bar {style}" aria-hidden="true"><i style="--share:{min(1.0, share):.4f}"></i>'
        f'</span><span class="gw-why-number">{number}</span>'
    )
