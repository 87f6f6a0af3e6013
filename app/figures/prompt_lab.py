"""The lab's plots: numbers in, plotly figure out. Knows no gradio, no run and no text of a model.

A cell goes by its number here and in the tables; one on the front is a filled diamond, every other an open
circle: never told apart by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.figures.comparison import COLOURS, DASHES, SYMBOLS
from app.figures.methods import PLACES, places
from app.figures.style import AFTER, BEFORE, NEUTRAL, figure, note, whiskers

HEIGHT = 320  # pixels; the page reserves the same, so nothing jumps
_MARGIN = {"l": 56, "r": 18, "t": 16, "b": 46}
_EMPTY = "Nothing to draw yet."
_LEFT = len(PLACES) - 1


@dataclass(frozen=True)
class Spot:
    """A share (0 to 1) with its interval at ``x``. ``label`` stands beside it, ``told`` in the hover."""

    x: float
    share: float
    low: float
    high: float
    label: str = ""
    told: str = ""
    front: bool = False


@dataclass(frozen=True)
class Line:
    """Spots that belong together, by their x."""

    name: str
    spots: tuple[Spot, ...]


def front_figure(spots: Sequence[Spot], x: str, suffix: str = "") -> Any:
    """Accuracy over what it takes, the front joined by steps. The axis begins at 0."""
    if not spots:
        return _nothing(x, "accuracy")
    front = sorted((one for one in spots if one.front), key=lambda one: one.x)
    reach = 1.1 * (max(one.x for one in spots) or 1.0)
    steps = {
        **_line([*front, *([Spot(reach, front[-1].share, 0, 0)] if front else [])], AFTER, "dot"),
        "line": {"color": AFTER, "width": 1.5, "dash": "dot", "shape": "hv"},
    }
    others = [one for one in spots if not one.front]
    traces = [
        steps,
        _marks(others, "beaten", {"symbol": "circle-open", "color": BEFORE, "line": {"width": 2}}),
        _marks(front, "on the front", {"symbol": "diamond", "color": AFTER}),
    ]
    return figure(
        [trace for trace in traces if trace["x"]],
        x,
        "accuracy",
        HEIGHT,
        **_frame([0, reach], {"ticksuffix": suffix, "nticks": 6}),
        annotations=_labels(spots, reach),
    )


def calibration_figure(spots: Sequence[Spot]) -> Any:
    """Accuracy over the winner's share of the votes; on the dotted line the two are one."""
    if not spots:
        return _nothing("share of the votes", "accuracy")
    even = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1}
    shapes = [{**even, "line": {"color": NEUTRAL, "width": 1.2, "dash": "dot"}}]
    marks = _marks(spots, "items", {"symbol": "circle", "color": AFTER})
    return figure(
        [marks],
        "the winner's share of the votes",
        "accuracy",
        HEIGHT,
        **_frame([0, 1.04], {"tickformat": ".0%", "nticks": 6}),
        shapes=shapes,
        annotations=_labels(spots, 1.04),
    )


def lines_figure(lines: Sequence[Line], x: str, empty: str = _EMPTY, whole: bool = True) -> Any:
    """Shares over a count, a line each with its own colour, symbol and dashes."""
    drawn = [line for line in lines if line.spots]
    if not drawn:
        return _nothing(x, "accuracy", empty)
    traces = []
    for at, line in enumerate(drawn):
        look = at % len(COLOURS)
        marker = {"symbol": SYMBOLS[look], "color": COLOURS[look]}
        marks = _marks(line.spots, escape(line.name), marker)
        traces.append(
            {**marks, "mode": "lines+markers", "line": {"color": COLOURS[look], "dash": DASHES[look]}}
        )
    counts = sorted({spot.x for line in drawn for spot in line.spots})
    span = [
        min(counts) - 0.04 * (counts[-1] - counts[0] or 1),
        counts[-1] + 0.04 * (counts[-1] - counts[0] or 1),
    ]
    axis = {"tickvals": counts} if whole and len(counts) <= 12 else {"nticks": 8}
    return figure(
        traces,
        x,
        "accuracy",
        HEIGHT,
        **{**_frame(span, axis), "margin": {**_MARGIN, "t": 34}, "showlegend": len(drawn) > 1},
    )


def _frame(span: Sequence[float], axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "hovermode": "closest",
        "margin": _MARGIN,
        "showlegend": False,
        "xaxis": {"autorange": False, "range": list(span), **axis},
        "yaxis": {"autorange": False, "range": [-0.05, 1.1], "tickformat": ".0%", "nticks": 6},
    }


def _marks(spots: Sequence[Spot], name: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [one.x for one in spots],
        "y": [one.share for one in spots],
        "marker": {"size": 11, **marker},
        "error_y": whiskers((one.low, one.share, one.high) for one in spots),
        "text": [escape(one.told) for one in spots],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _line(spots: Sequence[Spot], colour: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [one.x for one in spots],
        "y": [one.share for one in spots],
        "line": {"color": colour, "width": 1.5, "dash": dash},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _labels(spots: Sequence[Spot], reach: float) -> list[dict[str, Any]]:
    """Beside each spot, where nothing else lies. Spots that lie on each other share one."""
    groups: list[list[Spot]] = []
    for one in filter(lambda spot: spot.label, spots):
        near = (
            g for g in groups if abs(g[0].x - one.x) < 0.02 * reach and abs(g[0].share - one.share) < 0.03
        )
        group = next(near, None)
        groups.append([one]) if group is None else group.append(one)
    ends = [(max(one.x for one in group) / reach, group[0].share) for group in groups]
    return [_label(*pair) for pair in zip(groups, places(ends), strict=True)]


def _label(group: Sequence[Spot], place: int) -> dict[str, Any]:
    return {
        "x": max(one.x for one in group) if place != _LEFT else min(one.x for one in group),
        "y": group[0].share,
        "text": ", ".join(escape(one.label) for one in group),
        "font": {"size": 13},
        "showarrow": False,
        **dict(zip(("xanchor", "xshift", "yanchor", "yshift"), PLACES[place], strict=True)),
    }


def _nothing(x: str, y: str, words: str = _EMPTY) -> Any:
    hidden = {"showticklabels": False, "range": [0, 1]}
    return figure([], x, y, HEIGHT, annotations=[note(words)], margin=_MARGIN, xaxis=hidden, yaxis=hidden)
