"""Compression against the size of a vocabulary: points in, plotly figure out. Knows no gradio and no job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.figures.style import AFTER, BEFORE, figure, note

HEIGHT = 300  # pixels; the page reserves the same, so nothing jumps
_FEW = 6  # ticks that stand on the points; more of them are powers of two


@dataclass(frozen=True)
class Point:
    """A vocabulary of ``vocab_size`` tokens writes ``bytes`` of UTF-8 in ``tokens``."""

    vocab_size: int
    tokens: int
    bytes: int

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / max(1, self.tokens)


def compression_figure(points: Sequence[Point]) -> Any:
    """Bytes a token over the vocabulary, on an axis of doublings; the largest vocabulary is the whole."""
    if not points:
        axis = {"range": [0, 1], "showticklabels": False}
        extra = {"annotations": [note("The curve comes when the tokenizer is learnt.")]}
        return figure([], "vocabulary (tokens)", "bytes a token", HEIGHT, xaxis=axis, yaxis=axis, **extra)
    last = points[-1]
    return figure(
        [_line(points), _whole(last)],
        "vocabulary (tokens, doubling)",
        "bytes a token",
        HEIGHT,
        xaxis={"type": "log", **_ticks(points)},
        yaxis={"rangemode": "tozero"},
        hovermode="closest",
        legend={"traceorder": "normal"},
    )


def _line(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "smaller vocabularies",
        "x": np.array([point.vocab_size for point in points], np.int32),
        "y": np.array([point.bytes_per_token for point in points], np.float32),
        "text": [_words(point) for point in points],
        "line": {"color": BEFORE, "width": 2},
        "marker": {"color": BEFORE, "size": 7},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _whole(point: Point) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "this tokenizer",
        "x": [point.vocab_size],
        "y": [point.bytes_per_token],
        "text": [f"<b>{point.bytes_per_token:.2f}</b>"],
        "textposition": "bottom center",
        "cliponaxis": False,
        "marker": {"color": AFTER, "size": 12, "symbol": "diamond"},
        "hovertext": [_words(point)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _words(point: Point) -> str:
    return (
        f"{point.vocab_size:,} tokens: {point.bytes_per_token:.3f} bytes a token"
        f"<br>({point.bytes:,} bytes in {point.tokens:,} tokens)"
    )


def _ticks(points: Sequence[Point]) -> dict[str, Any]:
    """On the points where they are few, else on the powers of two between them, thinned to as many."""
    sizes = [point.vocab_size for point in points]
    low, high = sizes[0], sizes[-1]
    if len(sizes) > _FEW:
        powers = [2**power for power in range(1, 19) if low <= 2**power <= high]
        sizes = powers[:: -(-len(powers) // _FEW)] or [low, high]
    room = (high / low) ** 0.06 if high > low else 1.2
    span = [float(np.log10(low / room)), float(np.log10(high * room))]
    return {"tickvals": sizes, "ticktext": [f"{size:,}" for size in sizes], "range": span}
