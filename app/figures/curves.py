"""Training curves as figures: series in, plotly figure out. Knows no gradio, no job and no file."""

from typing import Any

import numpy as np

from app.figures.series import Series
from app.figures.style import AFTER, BEFORE, figure, note

LOSS_HEIGHT, SMALL_HEIGHT = 300, 180  # pixels; the page reserves the same, so nothing jumps


def loss_figure(train: Series, smooth: Series, validation: Series, total: int = 0) -> Any:
    """Loss in nats a token over optimiser steps: each reading pale, the running mean and validation clear."""
    traces = [
        _line(train, "train, each reading", BEFORE, opacity=0.35, width=1),
        _line(smooth, "train, smoothed", BEFORE, width=2.5),
        _line(validation, "validation", AFTER, width=2, markers=True),
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


def bits_figure(bits: Series, total: int = 0) -> Any:
    """Bits per byte on the held-out text: comparable across tokenizers, unlike loss and perplexity."""
    return _small(bits, "bits per byte", AFTER, total, markers=True)


def perplexity_figure(perplexity: Series, total: int = 0) -> Any:
    """Perplexity a token on the held-out text, on a logarithmic axis."""
    yaxis = {"type": "log", "nticks": 4, "tickformat": "~s"}
    return _small(perplexity, "perplexity", AFTER, total, markers=True, yaxis=yaxis)


def _small(series: Series, name: str, colour: str, total: int, markers: bool = False, **layout: Any) -> Any:
    trace = _line(series, name, colour, width=2, markers=markers)
    margin = {"t": 12, "b": 36}
    span = _span(total, not series.steps)
    return figure([trace], "step", name, SMALL_HEIGHT, xaxis=span, margin=margin, **layout)


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
