"""The aligned view: a comparison as the page's frame, a window as what the browser draws in it. No Gradio.

``assets/js/lanes_view.js`` fills the frame; text and tokens reach it as JSON and are drawn as text, never as
HTML.
"""

import json
from html import escape
from typing import Any

from app.tokenizer.chips import count_of
from app.tokenizer.letters import LETTERS, colour, letter_html, name_html
from pipelines.tokenization.comparison import Compared, Comparison
from pipelines.tokenization.window import Lane, Window

EXAMPLES = (
    ("A number and a rare word", "In 1871 the cartographer drew 12,345 antidisestablishmentarian maps."),
    (
        "Emoji, accents, Arabic",
        "The crew 👩‍🚀👨‍👩‍👧 waved a 🏳️‍🌈 at the cafe\u0301, nai\u0308ve but brave: مرحبا بالعالم! 日本語",
    ),
    (
        "Python code",
        "def mean(values: list[float]) -> float:\n"
        '    """The arithmetic mean."""\n'
        "    if not values:\n"
        '        raise ValueError("no values")\n'
        "    return sum(values) / len(values)\n",
    ),
)


def empty_html() -> str:
    """Before the first text: examples one click away."""
    buttons = "".join(
        f'<button type="button" class="gw-example" data-text="{escape(text)}">{escape(name)}</button>'
        for name, text in EXAMPLES
    )
    return (
        '<div class="gw-paper gw-empty"><p class="gw-empty-title">Nothing cut yet.</p>'
        f"<p>Type a text, or begin with one of these:</p>{buttons}</div>"
    )


def no_tokenizer_html() -> str:
    return (
        '<div class="gw-paper gw-empty"><p class="gw-empty-title">No tokenizer chosen.</p>'
        "<p>Choose one at the left, or up to eight to see where they cut the same text differently.</p></div>"
    )


def lanes_html(comparison: Comparison, handle: str, text: str) -> str:
    """The legend and the frame for the lanes. ``handle`` is that of the text on the server."""
    told = {
        "handle": handle,
        "characters": len(text),
        "lanes": [_told(place, one) for place, one in enumerate(comparison.tokenizers)],
    }
    return (
        f'<div class="gw-lanes" data-lanes="{escape(json.dumps(told))}">'
        f'<ul class="gw-lanes-legend">{"".join(map(_legend, range(99), comparison.tokenizers))}</ul>'
        f'<p class="gw-lanes-sum">{_summary(comparison)}</p><div class="gw-lanes-place"></div></div>'
    )


def window_json(window: Window) -> str:
    """A window as the browser reads it. A string: the framework would take longer to write it than we to
    make it."""
    told = {
        "first": window.first,
        "total": window.total,
        "starts": window.starts.tolist(),
        "texts": window.texts,
        "cells": window.cells,
        "differs": window.differs.tolist(),
        "previous": window.previous,
        "following": window.following,
        "density": window.density.tolist(),
        "lanes": [_lane(lane, len(window.texts)) for lane in window.lanes],
    }
    return json.dumps(told, separators=(",", ":"))


def error_json(message: str) -> str:
    return json.dumps({"error": message})


def _told(place: int, one: Compared) -> dict[str, Any]:
    return {
        "letter": LETTERS[place],
        "colour": colour(place),
        "name": one.name,
        "before": one.before,
        "after": one.after,
    }


def _lane(lane: Lane, lines: int) -> dict[str, Any]:
    columns = ("index", "ids", "start", "end", "flags")
    return {
        **{name: getattr(lane, name).tolist() for name in columns},
        "tokens": lane.tokens,
        "raw": lane.raw,
        "rows": [lane.rows(line).tolist() for line in range(lines)],
    }


def _legend(place: int, one: Compared) -> str:
    return (
        f"<li>{letter_html(place)}<b>{name_html(one.name)}</b>"
        f"<small>{count_of(one.measures.tokens, 'token')}</small></li>"
    )


def _summary(comparison: Comparison) -> str:
    """In one sentence, how far they agree."""
    if len(comparison.tokenizers) < 2:
        return "Add a second tokenizer to see where they cut differently."
    if not comparison.boundaries:
        return "None of them cuts inside the text."
    if not comparison.differing:
        return f"All cut at the same {comparison.boundaries:,} places."
    share = comparison.differing / comparison.boundaries
    places = count_of(comparison.boundaries, "place")
    return (
        f"At <b>{comparison.differing:,}</b> of {places} where one cuts, another does not "
        f"({100 * share:.0f} %)."
    )
