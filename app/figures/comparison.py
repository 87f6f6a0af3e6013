"""Several runs' curves in one figure: arrays in, plotly figure out. Knows no gradio, no job and no file.

A run is told from the others by its letter at the line's end and by its dashes as much as by its colour;
the eight colours stay apart for every kind of colour vision (a test computes how far).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from app.figures.style import AFTER, BEFORE, figure, note

HEIGHT = 380  # pixels; the page reserves the same, so nothing jumps
LETTERS = "ABCDEFGH"
COLOURS = (BEFORE, AFTER, "#33ac7d", "#a84172", "#7d3fcb", "#736d43", "#ac8afc", "#966802")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "9px,3px,2px,3px,2px,3px", "1px,5px")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "pentagon", "cross")
_MAX_TITLE = 32
_LABEL_PIXELS = 16  # two letters nearer than that would overlap
_INNER = HEIGHT - 70  # about what the axes leave


@dataclass(frozen=True)
class RunLine:
    """``x[point]`` and ``y[point]`` of one run; ``mean[point]`` is y's running mean, where one is wanted.

    ``letter`` is one of :data:`LETTERS` and decides how the line looks, whichever runs stand beside it.
    """

    letter: str
    title: str
    x: np.ndarray
    y: np.ndarray
    mean: np.ndarray | None = None

    @property
    def clear(self) -> np.ndarray:
        """What is drawn in full colour."""
        return self.y if self.mean is None else self.mean


@dataclass(frozen=True)
class Axes:
    """Titles with their units, and which axis is logarithmic."""

    x: str
    y: str
    log_x: bool = False
    log_y: bool = False


def comparison_figure(
    lines: Sequence[RunLine], axes: Axes, points: bool = False, empty: str = "Nothing to draw yet."
) -> Any:
    """The lines with their letters at the end; ``points`` marks each measurement. What a logarithmic axis
    cannot show (nothing and below) is left out; without lines the figure says ``empty``."""
    drawn = [line for line in (_drawable(line, axes) for line in lines) if line.x.size]
    traces = [trace for line in drawn for trace in _traces(line, points)]
    notes = _end_labels(drawn, axes) if drawn else [note(empty)]
    return figure(
        traces,
        axes.x,
        axes.y,
        HEIGHT,
        annotations=notes,
        margin={"r": 28},
        showlegend=bool(drawn),
        xaxis=_scale(axes.log_x, bool(drawn)),
        yaxis=_scale(axes.log_y, bool(drawn)),
    )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights moved as little as it takes for no two to be nearer than ``gap``; their order stays.

    >>> spread([0.0, 1.0, 50.0], 10.0)
    [-4.5, 5.5, 50.0]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[tuple[float, int]] = []  # (middle, labels in it), from below
    for index in order:
        groups.append((heights[index], 1))
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < gap * (groups[-1][1] + groups[-2][1]) / 2:
            (high, many), (low, few) = groups.pop(), groups.pop()
            groups.append(((high * many + low * few) / (many + few), many + few))
    placed = [middle + gap * (i - (count - 1) / 2) for middle, count in groups for i in range(count)]
    return [height for _, height in sorted(zip(order, placed, strict=True))]


def _drawable(line: RunLine, axes: Axes) -> RunLine:
    keep = np.isfinite(line.x) & np.isfinite(line.clear)
    if axes.log_x:
        keep &= line.x > 0
    if axes.log_y:
        keep &= line.clear > 0
    mean = None if line.mean is None else line.mean[keep]
    return RunLine(line.letter, line.title, line.x[keep], line.y[keep], mean)


def _traces(line: RunLine, points: bool) -> list[dict[str, Any]]:
    at = LETTERS.index(line.letter)
    shared = {"type": "scatter", "x": line.x, "legendgroup": line.letter, "name": _name(line)}
    look = {"color": COLOURS[at], "width": 2.2, "dash": DASHES[at]}
    clear = {
        **shared,
        "mode": "lines+markers" if points else "lines",
        "y": line.clear.astype(np.float32),
        "line": look,
        "marker": {"color": COLOURS[at], "symbol": SYMBOLS[at], "size": 6},
        "hovertemplate": "%{y:.5g}",
    }
    if line.mean is None:
        return [clear]
    pale = {"mode": "lines", "line": {"color": COLOURS[at], "width": 1}, "opacity": 0.28}
    return [
        {**shared, **pale, "y": line.y.astype(np.float32), "showlegend": False, "hoverinfo": "skip"},
        clear,
    ]


def _name(line: RunLine) -> str:
    """Plotly reads tags in a name, so what a person typed is escaped."""
    title = line.title if len(line.title) <= _MAX_TITLE else line.title[: _MAX_TITLE - 1] + "…"
    return f"<b>{line.letter}</b>  {escape(title)}"


def _end_labels(lines: Sequence[RunLine], axes: Axes) -> list[dict[str, Any]]:
    """Each run's letter right of its last point, moved apart where two lines end together."""
    if len(lines) < 2:
        return []
    heights = [_scaled(line.clear, axes.log_y) for line in lines]
    low, high = min(h.min() for h in heights), max(h.max() for h in heights)
    pixels = [float((h[-1] - low) / ((high - low) or 1) * _INNER) for h in heights]
    moved = spread(pixels, _LABEL_PIXELS)
    return [
        {
            "x": float(_scaled(line.x, axes.log_x)[-1]),
            "y": float(height[-1]),
            "text": _letter(line),
            "font": {"size": 13},
            "xanchor": "left",
            "xshift": 6,
            "yshift": after - before,
            "showarrow": False,
        }
        for line, height, before, after in zip(lines, heights, pixels, moved, strict=True)
    ]


def _letter(line: RunLine) -> str:
    """In a span of its own: the style sheet paints a figure's plain text in the theme's colour."""
    return f'<span style="color:{COLOURS[LETTERS.index(line.letter)]}"><b>{line.letter}</b></span>'


def _scaled(values: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(values) if log else values


def _scale(log: bool, some: bool) -> dict[str, Any]:
    if not some:
        return {"range": [0, 1], "autorange": False}
    return {"type": "log", "exponentformat": "SI", "nticks": 8} if log else {"exponentformat": "SI"}
