"""The letter and the colour by which a tokenizer is told from those beside it. No Gradio."""

import re
from html import escape

from app.figures.comparison import COLOURS

LETTERS = "ABCDEFGH"


def letter_html(place: int, name: str = "") -> str:
    """The letter of the tokenizer at ``place``, from 0; ``name`` is what it stands for, for a screen reader
    and a tooltip."""
    told = f' title="{escape(name)}"' if name else ""
    return f'<span class="gw-letter" style="--run: {colour(place)}"{told}>{LETTERS[place]}</span>'


def name_html(name: str) -> str:
    """A tokenizer's name, which may be broken behind its slashes, dots and underscores where it is long.

    >>> name_html("path:a/b.model")
    'path:a/<wbr>b.<wbr>model'
    """
    return re.sub(r"([/._])(?=[^\s/._])", r"\1<wbr>", escape(name))


def colour(place: int) -> str:
    return COLOURS[place]
