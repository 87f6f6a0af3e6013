"""The residual stream and what is written to it, layer by layer: a capture's norms in, plotly figure out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.figures.style import AFTER, BEFORE, figure, note
from pipelines.attention.answers import Stream

HEIGHT = 300  # pixels of one stack's panel; the page reserves the same, so nothing jumps
_GAP = 78  # pixels between two panels, for the axis of the upper
_ABOVE = 52  # pixels for a legend that takes two lines on a phone
_WIDE = 30  # the largest over the smallest from which an axis is logarithmic
_GRID = "rgba(125,133,148,0.28)"
_LINES = {
    "residual": ("residual stream", "#7d8594", "solid", "circle"),
    "attention": ("attention writes", BEFORE, "dash", "square"),
    "cross": ("cross-attention writes", "#33ac7d", "dot", "diamond"),
    "mlp": ("MLP writes", AFTER, "dashdot", "triangle-up"),
}


def height(stacks: int) -> int:
    return HEIGHT * stacks


def streams_figure(streams: Sequence[Stream]) -> Any:
    """One panel a stack, the encoder's above the decoder's: mean lengths of vectors over layers. What a layer
    writes stands between the residual stream before and after it."""
    if not any(len(stream.residual) for stream in streams):
        return figure([], "layers", "mean length", HEIGHT, annotations=[note("No norms were taken.")])
    traces = [trace for place, stream in enumerate(streams) for trace in _traces(place, stream)]
    layout: dict[str, Any] = {}
    for place, stream in enumerate(streams):
        layout |= _axes(place, len(streams), stream)
    return figure(traces, "", "", height(len(streams)), margin={"t": _ABOVE}, **layout)


def _traces(place: int, stream: Stream) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": np.arange(len(values)) + (0.0 if kind == "residual" else 0.5),
            "y": values.astype(np.float32),
            "line": {"color": colour, "width": 2, "dash": dash},
            "marker": {"color": colour, "symbol": symbol, "size": 7},
            "hovertemplate": "%{y:.4g}",
            "legendgroup": kind,
            "showlegend": place == 0 or kind == "cross",
            "xaxis": f"x{_number(place)}",
            "yaxis": f"y{_number(place)}",
        }
        for kind, (name, colour, dash, symbol) in _LINES.items()
        if len(values := getattr(stream, kind))
    ]


def _axes(place: int, count: int, stream: Stream) -> dict[str, Any]:
    """Where the panel stands, and its scales."""
    inner = height(count) - _ABOVE - 40
    gap = _GAP / inner
    tall = (1 - gap * (count - 1)) / count
    top = 1 - place * (tall + gap)
    grid = {"gridcolor": _GRID, "zerolinecolor": _GRID, "automargin": False}
    whose = "" if stream.name == "self" else f"{stream.name}: "
    log = _spans(stream)
    y = {
        **grid,
        "title": {"text": f"{whose}mean length{' (log)' if log else ''}", "standoff": 8},
        "domain": [max(0.0, top - tall), top],
        **({"type": "log", "exponentformat": "SI", "dtick": "D2"} if log else {"rangemode": "tozero"}),
    }
    depth = len(stream.residual) - 1
    step = max(1, -(-depth // 12))
    ticks = list(range(0, depth + 1, step))
    x = {
        **grid,
        "title": {"text": "layers done", "standoff": 8},
        "anchor": f"y{_number(place)}",
        "tickvals": ticks,
        "range": [-0.3, depth + 0.3],
    }
    return {f"xaxis{_number(place)}": x, f"yaxis{_number(place)}": y}


def _spans(stream: Stream) -> bool:
    """Whether the values are too far apart for one plain axis."""
    values = np.concatenate([getattr(stream, kind) for kind in _LINES])
    values = values[np.isfinite(values) & (values > 0)]
    return bool(len(values)) and float(values.max() / values.min()) > _WIDE


def _number(place: int) -> str:
    """Plotly's first axis has no number."""
    return str(place + 1) if place else ""
