"""How a model came to its figures: one line a metric over the steps of its training. Numbers in, plotly
figure out. Knows no gradio, no run and no result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.figures.comparison import COLOURS, DASHES, SYMBOLS
from app.figures.style import figure, note, whiskers

HEIGHT = 320  # pixels; the page reserves the same, so nothing jumps
_EMPTY = "Two checkpoints at least make a curve."


@dataclass(frozen=True)
class Reading:
    """``value`` at a step, with the ends of its interval (equal to it where none is known)."""

    step: int
    value: float
    low: float
    high: float
    told: str = ""


@dataclass(frozen=True)
class Line:
    """The readings of one metric, by rising steps."""

    name: str
    readings: tuple[Reading, ...]


def checkpoints_figure(lines: Sequence[Line], y: str, share: bool) -> Any:
    """``share``: the values are shares, drawn in per cent. Lines differ by colour, symbol and dashes."""
    drawn = [line for line in lines if len(line.readings) > 1]
    if not drawn:
        hidden = {"showticklabels": False, "range": [0, 1]}
        return figure([], "step", y, HEIGHT, annotations=[note(_EMPTY)], xaxis=hidden, yaxis=hidden)
    traces = [_trace(line, at % len(COLOURS)) for at, line in enumerate(drawn)]
    axis = {"tickformat": ".0%"} if share else {}
    return figure(
        traces, "step", y, HEIGHT, hovermode="closest", showlegend=len(drawn) > 1,
        xaxis={"nticks": 8}, yaxis={"nticks": 6, **axis},
    )  # fmt: skip


def _trace(line: Line, look: int) -> dict[str, Any]:
    readings = line.readings
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(line.name),
        "x": [one.step for one in readings],
        "y": [one.value for one in readings],
        "line": {"color": COLOURS[look], "dash": DASHES[look], "width": 2},
        "marker": {"color": COLOURS[look], "symbol": SYMBOLS[look], "size": 9},
        "error_y": whiskers((one.low, one.value, one.high) for one in readings),
        "text": [escape(one.told) for one in readings],
        "hovertemplate": "%{text}<extra></extra>",
    }
