"""Tokens and pieces as chips, and the sentence that stands where there is nothing to show yet. No Gradio."""

from html import escape

from app.tokenizer.glyphs import glyphs_html

LONGEST = 120  # characters of one chip that are shown


def chip_html(text: str, style: str = "", longest: int = LONGEST) -> str:
    """One token or piece, white space and control characters visible, a very long one cut."""
    cut = f"{cut_html(text, longest)}"
    return f'<span class="{f"gw-token {style}".rstrip()}">{cut}</span>'


def cut_html(text: str, longest: int = LONGEST) -> str:
    """At most ``longest`` characters, and how many there are if that was not all."""
    if len(text) <= longest:
        return glyphs_html(text)
    return f'{glyphs_html(text[:longest])}<span class="gw-cut">… {len(text):,} characters</span>'


def hint_html(sentence: str) -> str:
    return f'<p class="gw-detail-hint">{escape(sentence)}</p>'


def count_of(count: int, noun: str) -> str:
    """``1 token``, ``1,200 tokens``"""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
