"""The same text once for each chunker, side by side: chunks as coloured bands, what two of them share is
hatched.

Marks take no room of their own, so that the columns break their lines alike. Pure; all text is escaped here.
"""

import json
from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np

from app.rag.chunkers_numbers import END, OVERLAP, START, TOKENS, Numbers, histogram
from app.tokenizer.chips import count_of
from pipelines.rag.answers import ChunkedBy
from pipelines.rag.specs import ChunkSpec

HUES = 4
BARS = 24
EMPTY = '<p class="gw-muted gw-cuts-empty">Choose a text and one chunker or more.</p>'


def columns_html(
    text: str, page: tuple[int, int], done: Sequence[tuple[ChunkSpec, ChunkedBy, Numbers]], size: int
) -> str:
    """Characters ``page`` of the text. ``size`` are the tokens that a chunk may have."""
    if not done:
        return EMPTY
    heads = "".join(_head_html(spec, one, numbers, size) for spec, one, numbers in done)
    names = "".join(_name_html(place, spec) for place, (spec, _, _) in enumerate(done))
    texts = "".join(_text_html(place, text, page, spec, one) for place, (spec, one, _) in enumerate(done))
    return (
        f'<div class="gw-cuts" style="--columns: {len(done)}" role="group" '
        f'aria-label="The text cut by {count_of(len(done), "chunker")}">{heads}{names}{texts}</div>'
    )


def _head_html(spec: ChunkSpec, done: ChunkedBy, numbers: Numbers, size: int) -> str:
    facts = (
        ("Chunks", f"{numbers.chunks:,}"),
        ("Tokens, mean", f"{numbers.mean:.0f}"),
        ("median", f"{numbers.median:.0f}"),
        ("min to max", f"{numbers.least} to {numbers.most}"),
        ("Sentences cut", f"{numbers.cut:.0%}"),
        ("Tokens repeated", f"{numbers.repeated:.0%}"),
        ("Time", _time(numbers.seconds)),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return (
        f'<section class="gw-cuts-head" aria-label="{escape(spec.method)} in numbers">'
        f"<h4>{escape(spec.method)}</h4>{_histogram_html(done.bounds[:, TOKENS], size)}"
        f"<dl>{rows}</dl></section>"
    )


def _histogram_html(sizes: np.ndarray, size: int) -> str:
    counts = histogram(sizes, size, BARS)
    highest = max([1, *counts])
    bars = "".join(f'<i style="height: {100 * count / highest:.0f}%"></i>' for count in counts)
    words = f"Sizes of the chunks, from 1 to {size} tokens"
    return (
        f'<div class="gw-cuts-sizes" role="img" aria-label="{words}" title="{words}">{bars}</div>'
        f'<div class="gw-cuts-scale"><span>1</span><span>{size} tokens</span></div>'
    )


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _name_html(place: int, spec: ChunkSpec) -> str:
    return (
        f'<div class="gw-cuts-name" data-column="{place}"><b>{escape(spec.method)}</b>'
        '<span class="gw-cuts-said" role="status">Point at a chunk</span></div>'
    )


def _text_html(place: int, text: str, page: tuple[int, int], spec: ChunkSpec, done: ChunkedBy) -> str:
    """``data-told`` says of each chunk that is seen here, from number ``data-first`` on, what it is."""
    pieces, first, last = _pieces(text, page, done.bounds)
    told = [_told(number, done) for number in range(first, last)]
    return (
        f'<div class="gw-cuts-text" data-column="{place}" data-first="{first}" tabindex="0" role="group" '
        f'aria-label="Chunks by {escape(spec.method)}; arrow keys go from one to the next" '
        f'data-told="{escape(json.dumps(told))}">{pieces}</div>'
    )


def _told(number: int, done: ChunkedBy) -> str:
    """``12 · 58 tokens · Tides › By hand``"""
    tokens, overlap = int(done.bounds[number, TOKENS]), int(done.bounds[number, OVERLAP])
    shared = f"{count_of(overlap, 'character')} repeated" if overlap else ""
    parts = (f"Chunk {number + 1:,}", count_of(tokens, "token"), shared, done.headings[number])
    return " · ".join(part for part in parts if part)


def _pieces(text: str, page: tuple[int, int], bounds: np.ndarray) -> tuple[str, int, int]:
    """The text between any two places where a chunk begins or ends; and the first chunk that is seen, and the
    one after the last."""
    begin, end = page
    first = int(np.searchsorted(bounds[:, END], begin, side="right"))
    last = int(np.searchsorted(bounds[:, START], end, side="left"))
    seen = bounds[first:last, (START, END)]
    places = sorted({begin, end, *(int(p) for p in seen.ravel() if begin < p < end)})
    parts, low = [], 0
    for start, stop in pairwise(places):
        while low < len(seen) and seen[low, 1] <= start:
            low += 1
        high = low
        while high < len(seen) and seen[high, 0] <= start:
            high += 1
        opens = high > low and seen[high - 1, 0] == start
        parts.append(_piece_html(text[start:stop], range(first + low, first + high), opens))
    return "".join(parts), first, max(first, last)


def _piece_html(text: str, chunks: range, opens: bool) -> str:
    """Of the chunks that hold it, the last gives the colour; with two it is hatched."""
    if not chunks:
        return escape(text)
    styles = ["gw-band", f"gw-band-{chunks[-1] % HUES}"]
    if len(chunks) > 1:
        styles += ["gw-band-twice", f"gw-band-was-{chunks[-2] % HUES}"]
    number = f' data-n="{chunks[-1] + 1}"' if opens else ""
    styles += ["gw-band-opens"] if opens else []
    held = " ".join(map(str, chunks))
    return f'<span class="{" ".join(styles)}" data-c="{held}"{number}>{escape(text)}</span>'
