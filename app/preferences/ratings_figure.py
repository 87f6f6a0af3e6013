"""Ratings with their intervals: numbers in, plotly figure out. Knows no gradio and no round."""

from collections.abc import Sequence
from html import escape
from typing import Any

from app.figures.style import AFTER, figure, note
from pipelines.preferences.measures.ratings import Rating

_ROW, _ROUND = 34, 96  # pixels of a model, and of what stands around all
_MOST = 24  # models


def ratings_figure(rated: Sequence[Rating]) -> Any:
    """A dot and its 95 % interval for each model, the strongest on top."""
    shown = list(rated)[:_MOST]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [one.score for one in shown],
        "y": [escape(one.model) for one in shown],
        "marker": {"color": AFTER, "size": 11},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": AFTER,
            "array": [_reach(one, one.high) for one in shown],
            "arrayminus": [_reach(one, one.low) for one in shown],
        },
        "hovertemplate": "%{y}<br>%{x:.0f}<extra></extra>",
    }  # fmt: skip
    return figure(
        [dots] if shown else [],
        "Bradley–Terry, on Elo’s scale",
        "",
        _ROUND + _ROW * max(2, len(shown)),
        annotations=[] if shown else [note("No model was compared with another yet.")],
        hovermode="closest",
        showlegend=False,
        margin={"l": 190, "r": 20, "t": 14, "b": 48},
        yaxis={"autorange": "reversed", "showticklabels": bool(shown)},
        xaxis={"nticks": 6, "showticklabels": bool(shown)},
    )


def _reach(one: Rating, end: float | None) -> float:
    return abs(end - one.score) if end is not None else 0.0
