"""The look that every figure shares: colours by meaning, no background, a grid readable in light and dark.

Text and grid lines get neutral colours here; ``assets/css/jobs.css`` lets them follow the page's theme.
"""

from collections.abc import Iterable
from typing import Any

BEFORE = "#5b7fb5"  # slate blue: training, before, the reference
AFTER = "#d9952b"  # amber: validation, after, the changed one
NEUTRAL = "#7d8594"
_BAR = "rgba(125,133,148,0.75)"
_GRID = "rgba(125,133,148,0.28)"
_FONT = "ui-sans-serif, system-ui, sans-serif"


def figure(traces: list[dict[str, Any]], x: str, y: str, height: int, **layout: Any) -> Any:
    """A plotly figure of ``traces`` with axis titles ``x`` and ``y`` and a fixed height in pixels.

    ``uirevision`` is constant, so that a redraw with newer data keeps the visitor's zoom. The traces are
    made by this package alone, so plotly's validation (most of the cost of a redraw) is left out.
    """
    import plotly.graph_objects as go

    base = {
        "template": {"layout": {}},  # plotly's own is 7 kB and sets colours of its own
        "height": height,
        "margin": {"l": 64, "r": 12, "t": 30, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "size": 12, "color": NEUTRAL},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "rgba(30,34,44,0.94)", "font": {"color": "#f2f4f8"}},
        "uirevision": "keep",
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "xaxis": _axis(x),
        "yaxis": _axis(y),
        "modebar": {"remove": ["lasso2d", "select2d", "autoScale2d"], "bgcolor": "rgba(0,0,0,0)"},
    }
    return go.Figure({"data": traces, "layout": _merged(base, layout)}, _validate=False)


def note(text: str) -> dict[str, Any]:
    """Words in the middle of a figure that has nothing to draw yet."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return {"text": text, "showarrow": False, **place}


def whiskers(spans: Iterable[tuple[float, float, float]]) -> dict[str, Any]:
    """The intervals of a trace's points, as (low, value, high) of each."""
    known = list(spans)
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for _, value, high in known],
        "arrayminus": [value - low for low, value, _ in known],
        "color": _BAR,
        "thickness": 1.2,
        "width": 4,
    }


def _axis(title: str) -> dict[str, Any]:
    lines = {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID}
    return {"title": {"text": title, "standoff": 8}, "automargin": False, **lines}


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``, one level into nested dictionaries."""
    inner = {k: {**base[k], **v} if isinstance(v, dict) and k in base else v for k, v in over.items()}
    return {**base, **inner}
