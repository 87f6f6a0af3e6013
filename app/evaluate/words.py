"""Figures of evaluations as a person reads them. Pure; all text is escaped where HTML is made."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from app.prompt_lab.words import MINUS, percent
from app.units import short
from pipelines.evaluation.records import Figure, Metric
from pipelines.evaluation.results.records import Result

_SURE = 1.96  # standard errors to either end of a 95 % interval
_USUAL = {
    "num_fewshot": 0,
    "chat": False,
    "samples": 1,
    "judge": "",
    "context_length": 0,
    "stride": 0,
    "weights": "whole",
}
_SAID = {
    "num_fewshot": "{} shots",
    "chat": "chat template",
    "samples": "{} samples",
    "judge": "judged by {}",
    "context_length": "context {}",
    "stride": "stride {}",
    "weights": "weights in {}",
}


def value(metric: Metric, number: float) -> str:
    """
    >>> value(Metric("acc", ""), 0.5432), value(Metric("ppl", "", share=False), 40.06)
    ('54.3 %', '40.06')
    """
    if not math.isfinite(number):
        return "–"
    return percent(number) if metric.share else short(number, 4).replace("-", MINUS)


def error(metric: Metric, stderr: float) -> str:
    """
    >>> error(Metric("acc", ""), 0.0123), error(Metric("acc", ""), float("nan"))
    ('± 1.2', '')
    """
    if not math.isfinite(stderr):
        return ""
    return f"± {100 * stderr:.1f}" if metric.share else f"± {short(stderr, 2)}"


def gap(metric: Metric, by: float) -> str:
    """A difference, signed; of shares in percentage points.

    >>> gap(Metric("acc", ""), -0.021), gap(Metric("ppl", "", share=False), 1.5)
    ('−2.1', '+1.5')
    """
    if not math.isfinite(by):
        return "–"
    text = f"{100 * by:+.1f}" if metric.share else f"{'+' if by > 0 else ''}{short(by)}"
    return text.replace("-", MINUS)


def interval(figure: Figure, metric: Metric) -> tuple[float, float]:
    """The ends of 95 %, by the standard error; a share's stay within 0 and 1."""
    low, high = figure.value - _SURE * figure.stderr, figure.value + _SURE * figure.stderr
    return (max(0.0, low), min(1.0, high)) if metric.share else (low, high)


def figure_html(figure: Figure | None, metric: Metric, bar: bool = False) -> str:
    """The figure with its standard error; all its digits in the hover."""
    if figure is None:
        return '<span class="gw-muted">–</span>'
    told = f"{figure.value:.6g}, standard error {figure.stderr:.4g}, {figure.count:,} items"
    told = told.replace("nan", "unknown").replace("-", MINUS)
    shown = f"<b>{value(metric, figure.value)}</b> <small>{error(metric, figure.stderr)}</small>"
    drawn = _bar(figure, metric) if bar and metric.share and math.isfinite(figure.stderr) else ""
    return f'<span title="{told}">{shown}</span>{drawn}'


def setup_words(settings: Mapping[str, Any], count: int) -> str:
    """In which way a task was put, by what is not as usual.

    >>> setup_words({"num_fewshot": 5, "chat": False}, 200)
    '5 shots, 200 items'
    """
    told = [
        words.format(settings[name])
        for name, words in _SAID.items()
        if name in settings and settings[name] != _USUAL[name]
    ]
    return ", ".join([*told, *([f"{count:,} items"] if count else [])])


def result_words(result: Result) -> str:
    """As a chooser names it."""
    setup = setup_words(result.settings, result.count)
    return f"{result.model} · {result.title} · {setup}" if setup else f"{result.model} · {result.title}"


def metric_html(metric: Metric) -> str:
    arrow, word = ("↑", "higher") if metric.higher_is_better else ("↓", "lower")
    about = f"{metric.about} " if metric.about else ""
    return f'<span title="{escape(about)}{word} is better">{escape(metric.name)} {arrow}</span>'


def _bar(figure: Figure, metric: Metric) -> str:
    low, high = (100 * end for end in interval(figure, metric))
    places = f"--share: {100 * figure.value:.1f}%; --low: {low:.1f}%; --high: {high:.1f}%"
    return f'<i class="gw-found-bar" style="{places}" aria-hidden="true"></i>'
