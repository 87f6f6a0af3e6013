"""How well models expected a text: by how much stood before each token, and along the text. Results in,
plotly figures out. Knows no gradio.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.figures.comparison import Axes, RunLine, comparison_figure
from pipelines.evaluation.language.aligned import blocks, stretches
from pipelines.evaluation.language.result import LanguageResult, place_edges

_FEWEST = 4  # tokens of a place from which its mean says something
_MOST_TICKS = 9
Named = Sequence[tuple[str, LanguageResult]]  # (letter, result)


def places_figure(named: Named) -> Any:
    """Bits a byte over how many tokens the model could see before the one it predicts."""
    lines = [_places(*one) for one in named]
    axes = Axes("tokens before the predicted one", "bits per byte", log_x=True)
    made = comparison_figure(lines, axes, points=True, empty="The curve comes with the first result.")
    reached = max((float(line.x[-1]) for line in lines if len(line.x)), default=0.0)
    return made.update_layout(xaxis=_doublings(reached)) if reached else made


def along_figure(named: Named, size: int) -> Any:
    """Bits a byte of pieces of ``size`` bytes, over where in the text they begin; the pieces are the same for
    all."""
    axes = Axes("bytes of the text", "bits per byte")
    return comparison_figure(
        _along(named, size), axes, points=True, empty="This text is too short for a curve."
    )


def _doublings(reached: float) -> dict[str, Any]:
    """Ticks on powers of two, few enough for a phone."""
    powers = [2**at for at in range(int(math.log2(reached)) + 1)]
    shown = powers[:: 1 + len(powers) // _MOST_TICKS]
    return {"tickmode": "array", "tickvals": shown, "ticktext": [f"{one:,}" for one in shown], "tickangle": 0}


def _places(letter: str, one: LanguageResult) -> RunLine:
    nats, tokens, size = one.places.T
    edges = place_edges(len(one.places))
    middles = np.sqrt(edges[:-1] * np.maximum(edges[:-1], edges[1:] - 1))
    told = (tokens >= _FEWEST) & (size > 0)
    return RunLine(letter, one.model, middles[told], nats[told] / math.log(2) / size[told])


def _along(named: Named, size: int) -> list[RunLine]:
    if not named:
        return []
    begins, sizes, bits = blocks(stretches([one.shown for _, one in named]), size)
    if len(sizes) < 2:
        return []
    return [
        RunLine(letter, one.model, begins, row / sizes)
        for (letter, one), row in zip(named, bits, strict=True)
    ]
