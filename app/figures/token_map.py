"""A model's table of vectors in two dimensions as a plotly figure."""

from typing import Any

import numpy as np

from app.figures.style import AFTER, BEFORE, figure
from app.tokenizer.glyphs import glyph_text
from pipelines.attention.answers import TokenMap

HEIGHT = 480
_LONGEST = 24  # characters of a token that are shown
# plotly reads <b>, <br> and entities in its texts: signs that look the same are none of them.
_PLAIN = str.maketrans({"<": "‹", ">": "›", "&": "＆"})
_SIZE = np.array([520.0, 390.0])  # pixels of the plot's inside, about: narrower than on a desktop
_LETTER, _LINE = 6.5, 13.0  # pixels
# Where a name may stand by its point: plotly's words, and the shift of its middle in halves of its size.
_PLACES = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, 1),
    "top left": (-1, 1),
    "bottom right": (1, -1),
    "bottom left": (-1, -1),
}
_AWAY = 7.0  # pixels from the point to its name


def token_map(found: TokenMap) -> Any:
    """Every token a point; those of the text are diamonds with their names, where these have room: any other
    is told under the pointer."""
    names = [glyph_text(text[:_LONGEST]).translate(_PLAIN) for text in found.texts]
    others, marked = np.flatnonzero(~found.marked), np.flatnonzero(found.marked)
    places = placed(_pixels(found.xy)[marked], [names[at] for at in marked])
    diamonds = {"color": AFTER, "size": 8, "symbol": "diamond"}
    traces = [
        _points("tokens", found.xy, names, others, {"color": BEFORE, "size": 4, "opacity": 0.45}),
        {
            **_points("of this text", found.xy, names, marked, diamonds),
            "mode": "markers+text",
            "text": [names[at] if place else "" for at, place in zip(marked, places, strict=True)],
            "textposition": [place or "top center" for place in places],
            "textfont": {"size": 11},
        },
    ]
    x, y = (
        f"component {number} · {share:.1%} of the variance"
        for number, share in enumerate(found.explained, start=1)
    )
    return figure(traces, x, y, HEIGHT, hovermode="closest", margin={"t": 34, "r": 24})


def placed(xy: np.ndarray, names: list[str]) -> list[str]:
    """For each point, in pixels [n, 2], where its name stands without lying on another name or on a point;
    empty where there is no room."""
    boxes = [(*(point - 4), *(point + 4)) for point in xy]
    found = []
    for point, name in zip(xy, names, strict=True):
        half = np.array([len(name) * _LETTER, _LINE]) / 2
        free = ((place, box) for place, box in _around(point, half) if not _on_any(box, boxes))
        place, box = next(free, ("", None))
        found.append(place)
        if box:
            boxes.append(box)
    return found


def _around(point: np.ndarray, half: np.ndarray) -> Any:
    for place, shift in _PLACES.items():
        middle = point + np.array(shift) * (half + _AWAY)
        yield place, (*(middle - half), *(middle + half))


def _on_any(box: tuple[float, ...], boxes: list[tuple[float, ...]]) -> bool:
    """Boxes are left, low, right, high."""
    return any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in boxes)


def _pixels(xy: np.ndarray) -> np.ndarray:
    spread = np.ptp(xy, axis=0) if len(xy) else np.ones(2)
    return (xy - xy.min(0, initial=np.inf)) / np.where(spread > 0, spread, 1) * _SIZE


def _points(
    title: str, xy: np.ndarray, names: list[str], places: np.ndarray, marker: dict[str, Any]
) -> dict[str, Any]:
    shown = [names[at] for at in places]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": xy[places, 0].tolist(),
        "y": xy[places, 1].tolist(),
        "hovertext": shown,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": marker,
    }
