"""The plan of a run before it starts: its learning rate over the steps, and its stages. Plans in, plotly
figure out. Knows no gradio, no job and no text.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from app.figures.style import AFTER, BEFORE, NEUTRAL, figure
from pipelines.training.schedules import Schedule
from pipelines.training.stages import Plan, Stage

HEIGHT = 300  # pixels; the page reserves the same, so nothing jumps
SCHEDULES = {"cosine": "cosine", "wsd": "WSD", "linear": "linear", "constant": "constant"}
_DASHES = {"cosine": "dot", "wsd": "dashdot", "linear": "dash", "constant": "longdash"}
_POINTS = 300
_WIDE = 0.24  # the share of the steps from which on a stage's label has room for words, on a phone too
_STRIP = (0.0, 0.2)  # where on the figure's height the stages stand, and below it the rates
_RATES = (0.3, 1.0)


def plan_figure(plan: Plan, schedule: Schedule, peak: float) -> Any:
    """The rate of ``schedule`` with its ``peak`` in full colour, and faintly what the others would do; under
    it one box a stage, filled up to the share of its text that comes from the second corpus."""
    at = _steps(schedule.steps)
    others = [name for name in SCHEDULES if name != schedule.name]
    traces = [
        *(_rate(replace(schedule, name=name), at, peak, chosen=False) for name in others),
        _rate(schedule, at, peak, chosen=True),
        *_hovers(plan),
    ]
    return figure(
        traces,
        "optimiser step",
        "learning rate",
        HEIGHT,
        shapes=list(_shapes(plan)),
        annotations=list(_labels(plan)),
        hovermode="closest",
        margin={"l": 64, "r": 14, "t": 48, "b": 40},
        legend={"x": 0, "xanchor": "left", "traceorder": "reversed"},
        xaxis={"range": [0, schedule.steps], "anchor": "y2"},
        yaxis={"domain": _RATES, "rangemode": "tozero", "exponentformat": "e", "nticks": 5},
        yaxis2={"domain": _STRIP, "range": [0, 1], "visible": False, "fixedrange": True},
    )


def _steps(count: int) -> np.ndarray:
    """steps[point], the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _POINTS)).round().astype(int))


def _rate(schedule: Schedule, at: np.ndarray, peak: float, chosen: bool) -> dict[str, Any]:
    rates = np.array([peak * schedule(int(step)) for step in at], np.float32)
    look = {"color": BEFORE, "width": 3} if chosen else {"color": NEUTRAL, "width": 1.2}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": SCHEDULES[schedule.name] + (" (chosen)" if chosen else ""),
        "x": (at + 1).astype(np.int32),
        "y": rates,
        "line": {**look, "dash": "solid" if chosen else _DASHES[schedule.name]},
        "opacity": 1.0 if chosen else 0.65,
        "hovertemplate": "step %{x}: %{y:.3g}",
    }


def _hovers(plan: Plan) -> Iterator[dict[str, Any]]:
    """Invisible points in the boxes, whose hover says what a stage is."""
    words = [f"stage {n}: {_words(plan, stage)}" for n, stage in enumerate(plan.stages, 1)]
    yield {
        "type": "scatter",
        "mode": "markers",
        "yaxis": "y2",
        "x": [(stage.first + stage.end) / 2 for stage in plan.stages],
        "y": [0.5] * len(plan.stages),
        "marker": {"size": 24, "opacity": 0},
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def _words(plan: Plan, stage: Stage) -> str:
    second = f", {stage.second_share:.0%} of the second corpus" if stage.second_share else ""
    return (
        f"{stage.steps:,} steps, context {stage.context}, batch {stage.batch_size}, "
        f"{plan.tokens_per_step(stage):,} tokens a step{second}"
    )


def _shapes(plan: Plan) -> Iterator[dict[str, Any]]:
    """Bands behind the rates, every second one shaded, and below them the boxes of the stages."""
    for n, stage in enumerate(plan.stages):
        place = {"type": "rect", "xref": "x", "x0": stage.first, "x1": stage.end}
        band = {"yref": "paper", "y0": _RATES[0], "y1": 1, "layer": "below", "line": {"width": 0}}
        if n % 2:
            yield {**place, **band, "fillcolor": "rgba(125,133,148,0.12)"}
        box = {"yref": "y2", "y0": 0, "line": {"width": 1, "color": NEUTRAL}}
        yield {**place, **box, "y1": 1, "fillcolor": "rgba(91,127,181,0.22)"}
        if stage.second_share:
            filled = {"yref": "y2", "y0": 0, "y1": stage.second_share, "line": {"width": 0}}
            yield {**place, **filled, "fillcolor": AFTER, "opacity": 0.45}


def _labels(plan: Plan) -> Iterator[dict[str, Any]]:
    """In each box its context and batch, where there is room; else the stage's number."""
    for n, stage in enumerate(plan.stages, 1):
        roomy = stage.steps >= _WIDE * plan.steps
        text = f"{stage.context} tokens<br>× {stage.batch_size}" if roomy else str(n)
        place = {"xref": "x", "yref": "y2", "x": (stage.first + stage.end) / 2, "y": 0.5}
        yield {**place, "text": text, "showarrow": False, "font": {"size": 11}}
