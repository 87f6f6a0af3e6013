"""Training curves as figures: series in, plotly figure out. Knows no gradio, no job and no file."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
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
_MARKED = (
    (AFTER, "solid", "circle"),
    (BEFORE, "dash", "diamond"),
    (SECOND, "dot", "square"),
)


def loss_figure(
    train: Series,
    smooth: Series,
    validation: Series,
    total: int = 0,
    second: Second = _NO_SECOND,
    unit: str = "nats a token",
    parts: Sequence[tuple[str, Series]] = (),
) -> Any:
    """Loss over optimiser steps: each reading pale, the running mean and validation clear; ``parts`` of it
    thin, by their names."""
    traces = [
        _line(train, "train, each reading", BEFORE, opacity=0.35, width=1),
        _line(smooth, "train, smoothed", BEFORE, width=2.5),
        _line(validation, "validation", AFTER, width=2, markers=True),
        *_second_line(second, f"validation, {second.name}"),
        *(_part(name, series, dash) for (name, series), dash in zip(parts, ("dot", "dash"), strict=False)),
    ]
    empty = not (train.steps or validation.steps)
    extra = {"annotations": [note("The curve starts with the first step.")]} if empty else {}
    return figure(traces, "optimiser step", f"loss ({unit})", LOSS_HEIGHT, xaxis=_span(total, empty), **extra)


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


def measures_figure(measures: Sequence[tuple[str, Series]], total: int = 0) -> Any:
    """The measures of a task over steps, parts of 1, each by its name, told apart by mark and dash too."""
    traces = []
    for (name, series), (colour, dash, symbol) in zip(measures, cycle(_MARKED), strict=False):
        line = _line(series, name, colour, width=2, markers=True)
        line["line"] |= {"dash": dash}
        line["marker"] |= {"symbol": symbol}
        traces.append({**line, "hovertemplate": "%{y:.1%}"})
    empty = not any(series.steps for _, series in measures)
    yaxis = {"range": [0, 1], "tickformat": ".0%", "nticks": 5}
    return _narrow(traces, "held-out rows", total, empty, yaxis=yaxis)


def chart_figure(
    title: str, lines: Sequence[tuple[str, Series, Series]], total: int = 0, share: bool = False
) -> Any:
    """Several measures in one figure: ``lines`` are (name, in training, on what is held out). ``share`` draws
    them as parts of 1. Training is thin, what is held out has marks; of several, colour and dash say
    which."""
    traces = [
        trace
        for (name, *both), marked in zip(lines, cycle(_MARKED), strict=False)
        for trace in _both(name if len(lines) > 1 else "", *both, marked)
    ]
    form = {"range": [0, 1], "tickformat": ".0%", "nticks": 5} if share else {"nticks": 5}
    return _narrow(traces, title, total, not traces, yaxis=form)


def kl_figure(kl: Series, total: int = 0) -> Any:
    """How far a student's probabilities are from its teacher's, on the held-out rows."""
    line = _line(kl, "KL from the teacher", AFTER, width=2, markers=True)
    title = "KL from the teacher (nats)"
    return _narrow([line], title, total, empty=not kl.steps, yaxis={"rangemode": "tozero"})


def _both(name: str, train: Series, held_out: Series, marked: tuple[str, str, str]) -> list[dict[str, Any]]:
    """One of several has one place in the legend: that of what is held out, if it is measured."""
    colour, dash, symbol = marked
    thin = _line(train, "training", colour, width=1.2, opacity=0.7)
    clear = _line(held_out, "held out", colour, width=2, markers=True)
    thin["line"] |= {"dash": dash}
    clear["line"] |= {"dash": dash}
    clear["marker"] |= {"symbol": symbol}
    if name:
        thin |= {"name": f"{name}, training" if held_out.steps else name, "showlegend": not held_out.steps}
        clear |= {"name": name}
    return [one for one, series in ((thin, train), (clear, held_out)) if series.steps]


def _part(name: str, series: Series, dash: str) -> dict[str, Any]:
    line = _line(series, name, SECOND if dash == "dot" else BEFORE, width=1.2)
    line["line"] |= {"dash": dash}
    return line


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
