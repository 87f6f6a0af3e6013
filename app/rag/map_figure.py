"""A collection in two dimensions as a plotly figure: a point a passage, a colour a document, the question and
what was found for it."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from app.figures.style import AFTER, NEUTRAL, figure
from pipelines.rag.answers import Mapped

HEIGHT = 460
# Documents with the most passages; lightness differs beside hue. Amber is the question's.
_COLOURS = ("#4a93af", "#7a6fb8", "#4f9d6b", "#b0607e", "#8a8d2f", "#2f6f8f")
_SHOWN = 28  # characters of a document's name
# plotly reads <b>, <br> and entities in its texts: signs that look the same are none of them.
_PLAIN = str.maketrans({"<": "‹", ">": "›", "&": "＆"})


def map_figure(found: Mapped, hits: Collection[str] = (), query: str = "") -> Any:
    """``hits`` are ids, ringed; ``query`` is told at its own point."""
    order = _by_size(found.names)
    named = order[: len(_COLOURS)]
    traces = [_document(found, name, {name}, colour) for name, colour in zip(named, _COLOURS, strict=False)]
    if rest := set(order[len(_COLOURS) :]):
        traces.append(_document(found, f"{len(rest)} other documents", rest, NEUTRAL))
    traces += [*_ringed(found, hits), *_asked(found, query)]
    x, y = _axes(found)
    return figure(traces, x, y, HEIGHT, hovermode="closest", margin={"t": 56, "r": 16})


def _by_size(names: Sequence[str]) -> list[str]:
    """Those with the most points first."""
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    return sorted(counts, key=lambda name: -counts[name])


def _document(found: Mapped, title: str, names: set[str], colour: str) -> dict[str, Any]:
    rows = [row for row, name in enumerate(found.names) if name in names]
    shown = title if len(title) <= _SHOWN else f"{title[: _SHOWN - 1]}…"
    marker = {"color": colour, "size": 7, "opacity": 0.7}
    return _points(found, rows, shown.translate(_PLAIN), marker)


def _ringed(found: Mapped, hits: Collection[str]) -> list[dict[str, Any]]:
    rows = [row for row, one in enumerate(found.ids) if one in set(hits)]
    marker = {"symbol": "circle-open", "size": 14, "color": AFTER, "line": {"width": 2}}
    return [_points(found, rows, "found", marker)] if rows else []


def _asked(found: Mapped, query: str) -> list[dict[str, Any]]:
    if not len(found.query):
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "the question",
            "x": [float(found.query[0])],
            "y": [float(found.query[1])],
            "hovertext": [_wrapped(query)],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "symbol": "star",
                "size": 17,
                "color": AFTER,
                "line": {"width": 1, "color": "#5c3600"},
            },
        }
    ]


def _points(found: Mapped, rows: Sequence[int], title: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scattergl" if len(rows) > 1000 else "scatter",
        "mode": "markers",
        "name": title,
        "x": found.points[rows, 0].tolist(),
        "y": found.points[rows, 1].tolist(),
        "hovertext": [f"{_plain(found.names[row])}<br>{_wrapped(found.snippets[row])}" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": marker,
    }


def _axes(found: Mapped) -> tuple[str, str]:
    if np.isnan(found.explained):
        return "t-SNE: near is alike, far says little", ""
    return f"component 1 · both show {found.explained:.0%} of the variance", "component 2"


def _plain(text: str) -> str:
    return text[:_SHOWN].translate(_PLAIN)


def _wrapped(text: str, width: int = 46) -> str:
    """In lines, for the box under the pointer."""
    lines, line = [], ""
    for word in text.translate(_PLAIN).split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word[:width]}".strip()
    return "<br>".join([*lines, line][:4])
