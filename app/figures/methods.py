"""Methods as points, quality over what each costs: numbers in, plotly figure out. Knows no gradio, no job and
no file. A method has the letter, the colour and the symbol that a run of that letter has in
:mod:`app.figures.comparison`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from app.figures.comparison import COLOURS, LETTERS, SYMBOLS
from app.figures.style import NEUTRAL, figure, note

Span = tuple[float, float]  # the two ends of an axis
HEIGHT = 300  # pixels; the page reserves the same, so nothing jumps
_NEAR = (0.06, 0.08)  # of the axes: what is nearer on both lies on each other
# Where a letter may stand to its point (xanchor, xshift, yanchor, yshift), and how far off on the axes.
PLACES = (
    ("left", 9, "middle", 0),
    ("center", 0, "bottom", 8),
    ("center", 0, "top", -8),
    ("right", -9, "middle", 0),
)
_OFFSETS = ((0.07, 0.0), (0.0, 0.09), (0.0, -0.09), (-0.07, 0.0))


@dataclass(frozen=True)
class Point:
    """One method. ``letter`` is one of :data:`LETTERS`; ``shown_x``, ``shown_y`` are the values as read."""

    letter: str
    label: str
    x: float
    y: float
    shown_x: str = ""
    shown_y: str = ""


@dataclass(frozen=True)
class Ticks:
    """``y`` is a d3 format; ``unit`` stands behind the numbers along x."""

    y: str = "~g"
    unit: str = ""


@dataclass(frozen=True)
class Scale:
    """Titles of the axes. ``before`` is where the quality stood before anything was learnt, drawn as a line,
    or None."""

    x: str
    y: str
    log_x: bool = False
    ticks: Ticks = Ticks()
    before: float | None = None


def methods_figure(points: Sequence[Point], scale: Scale, empty: str = "No method is done yet.") -> Any:
    """One marker with its letter a method; what a logarithmic axis cannot show is left out."""
    drawn = [one for one in points if not scale.log_x or one.x > 0]
    x_span, y_span = _x_span(scale, drawn), _y_span(scale, drawn)
    notes = _letters(drawn, scale.log_x, x_span, y_span) if drawn else [note(empty)]
    lines, said = _before(scale, drawn)
    along = {"type": "log", "dtick": 1} if scale.log_x and drawn else {"nticks": 5}
    shared = {"autorange": False, "showticklabels": bool(drawn)}
    return figure(
        [_marker(one) for one in drawn],
        scale.x,
        scale.y,
        HEIGHT,
        annotations=[*notes, *said],
        shapes=lines,
        hovermode="closest",
        margin={"l": 60, "r": 22, "t": 14, "b": 44},
        showlegend=False,
        xaxis={**shared, **along, "range": [*x_span], "tickformat": "~s", "ticksuffix": scale.ticks.unit},
        yaxis={**shared, "nticks": 6, "range": [*y_span], "tickformat": scale.ticks.y},
    )


def places(spots: Sequence[tuple[float, float]]) -> list[int]:
    """For each spot (both coordinates as shares of the axes) which place its letter takes: the first one that
    lies on no other spot and on no letter before it.

    >>> places([(0.1, 0.1), (0.12, 0.1), (0.9, 0.5)])
    [1, 0, 0]
    """
    found: list[int] = []
    taken: list[tuple[float, float]] = []
    for at, spot in enumerate(spots):
        others = [*taken, *(other for place, other in enumerate(spots) if place != at)]
        letters = [(spot[0] + dx, spot[1] + dy) for dx, dy in _OFFSETS]
        free = (p for p, letter in enumerate(letters) if not any(_near(letter, other) for other in others))
        found.append(next(free, 0))
        taken.append(letters[found[-1]])
    return found


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) < near for a, b, near in zip(one, other, _NEAR, strict=True))


def _marker(one: Point) -> dict[str, Any]:
    at = LETTERS.index(one.letter)
    words = f"<b>{one.letter}</b> {escape(one.label)}<br>{escape(one.shown_x)}<br>{escape(one.shown_y)}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{one.letter} {escape(one.label)}",
        "x": [one.x],
        "y": [one.y],
        "marker": {"color": COLOURS[at], "symbol": SYMBOLS[at], "size": 12},
        "hovertemplate": f"{words}<extra></extra>",
    }


def _letters(points: Sequence[Point], log_x: bool, x_span: Span, y_span: Span) -> list[dict[str, Any]]:
    xs = [float(np.log10(one.x)) if log_x else one.x for one in points]
    spots = [(_share(x, x_span), _share(one.y, y_span)) for one, x in zip(points, xs, strict=True)]
    return [
        {
            "x": x,
            "y": one.y,
            # In a span of its own: the style sheet paints a figure's plain text in the theme's colour.
            "text": f'<span style="color:{COLOURS[LETTERS.index(one.letter)]}"><b>{one.letter}</b></span>',
            "font": {"size": 14},
            "showarrow": False,
            **dict(zip(("xanchor", "xshift", "yanchor", "yshift"), PLACES[place], strict=True)),
        }
        for one, x, place in zip(points, xs, places(spots), strict=True)
    ]


def _share(value: float, span: Span) -> float:
    return (value - span[0]) / (span[1] - span[0])


def _before(scale: Scale, points: Sequence[Point]) -> tuple[list[dict], list[dict]]:
    """The line of the untuned model, where it is known and there is something to hold against it."""
    if scale.before is None or not points:
        return [], []
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": scale.before, "y1": scale.before}
    words = {
        "xref": "paper", "x": 1, "xanchor": "right", "y": scale.before, "yanchor": "bottom",
        "text": "before tuning", "showarrow": False,
    }  # fmt: skip
    return [{**across, "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"}}], [words]


def _x_span(scale: Scale, points: Sequence[Point]) -> Span:
    """The ends of the axis; of a logarithmic one, their logarithms."""
    if not points:
        return 0.0, 1.0
    if not scale.log_x:
        return 0.0, 1.12 * (max(one.x for one in points) or 1.0)
    logs = [float(np.log10(one.x)) for one in points]
    room = max(0.3, 0.12 * (max(logs) - min(logs)))
    return min(logs) - room, max(logs) + room


def _y_span(scale: Scale, points: Sequence[Point]) -> Span:
    if not points:
        return 0.0, 1.0
    heights = [one.y for one in points] + ([] if scale.before is None else [scale.before])
    low, high = min(heights), max(heights)
    room = 0.14 * (high - low) or 0.1 * abs(high) or 0.1
    return low - room, high + room
