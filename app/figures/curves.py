"""Training curves as figures: series in, plotly figure out. Knows no gradio, no job and no file."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.figures.series import Series
from app.figures.style import AFTER, BEFORE, figure, note

LOSS_HEIGHT, SMALL_HEIGHT = 300, 180  # pixels; the page reserves the same, so nothing jumps
SECOND = "#9b6fd4"  # violet, dashed, with diamonds: another text, measured as the first one is


@dataclass(frozen=True)
class Second:
    """The same measurement on the second corpus, and what the figure calls it. No points: no line."""

    series: Series
    name: str = "second corpus"


_NO_SECOND = Second(Series())


def loss_figure(
    train: Series, smooth: Series, validation: Series, total: int = 0, second: Second = _NO_SECOND
) -> Any:
    """Loss in nats a token over optimiser steps: each reading pale, the running mean and validation clear."""
    traces = [
        _line(train, "train, each reading", BEFORE, opacity=0.35, width=1),
        _line(smooth, "train, smoothed", BEFORE, width=2.5),
        _line(validation, "validation", AFTER, width=2, markers=True),
        *_second_line(second, f"validation, {second.name}"),
    ]
    empty = not (train.steps or validation.steps)
    extra = {"annotations": [note("The curve starts with the first step.")]} if empty else {}
    return figure(
        traces, "optimiser step", "loss (nats a token)", LOSS_HEIGHT, xaxis=_span(total, empty), **extra
    )


def rate_figure(rate: Series, total: int = 0) -> Any:
    """The learning rate over steps."""
    return _small(rate, "learning rate", BEFORE, total, yaxis={"rangemode": "tozero", "exponentformat": "e"})


def gradient_figure(norm: Series, total: int = 0) -> Any:
    """The gradient's norm before clipping, over steps."""
    return _small(norm, "gradient norm", BEFORE, total, yaxis={"rangemode": "tozero"})


def bits_figure(bits: Series, total: int = 0, second: Second = _NO_SECOND) -> Any:
    """Bits per byte on the held-out text: comparable across tokenizers, unlike loss and perplexity."""
    return _measured(bits, "bits per byte", total, second)


def perplexity_figure(perplexity: Series, total: int = 0, second: Second = _NO_SECOND) -> Any:
    """Perplexity a token on the held-out text, on a logarithmic axis."""
    yaxis = {"type": "log", "nticks": 4, "tickformat": "~s"}
    return _measured(perplexity, "perplexity", total, second, yaxis=yaxis)


def _measured(series: Series, name: str, total: int, second: Second, **layout: Any) -> Any:
    """A measurement on held-out text, and on that of the second corpus where there is one: then the legend
    says which is which."""
    other = _second_line(second, second.name)
    first = _line(series, "validation" if other else name, AFTER, width=2, markers=True)
    return _narrow([first, *other], name, total, empty=not series.steps, **layout)


def _small(series: Series, name: str, colour: str, total: int, **layout: Any) -> Any:
    return _narrow([_line(series, name, colour, width=2)], name, total, empty=not series.steps, **layout)


def _narrow(traces: list[dict[str, Any]], name: str, total: int, empty: bool, **layout: Any) -> Any:
    margin = {"t": 30 if len(traces) > 1 else 12, "b": 36}
    return figure(traces, "step", name, SMALL_HEIGHT, xaxis=_span(total, empty), margin=margin, **layout)


def _second_line(second: Second, name: str) -> list[dict[str, Any]]:
    if not second.series.steps:
        return []
    line = _line(second.series, name, SECOND, width=2, markers=True)
    line["line"] |= {"dash": "dash"}
    line["marker"] |= {"symbol": "diamond"}
    return [line]


def _line(
    series: Series, name: str, colour: str, width: float, opacity: float = 1.0, markers: bool = False
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if markers else "lines",
        "name": name,
        "x": np.asarray(series.steps, np.int32),  # arrays travel packed, and plotly copies them at once
        "y": np.asarray(series.values, np.float32),
        "line": {"color": colour, "width": width},
        "marker": {"color": colour, "size": 6},
        "opacity": opacity,
        "hovertemplate": "%{y:.5g}",
    }


def _span(total: int, empty: bool) -> dict[str, Any]:
    """The whole run is on the axis from the start, so that the curve grows and the axis stands."""
    if total > 0:
        return {"range": [0, total], "autorange": False}
    return {"range": [0, 1], "autorange": False} if empty else {}
