"""The curves of one run, kept to be laid over those of others: every number that its readings carry.

A pure fold over events, as :mod:`app.job_panel.history` is for one job's panel. Knows no page and no file,
and no kind of job: a reading that only one kind reports becomes a curve like any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.figures.series import Series
from app.job_panel.history import number

MAX_POINTS = 1000
_MAX_CURVES = 60  # a bound on what a worker may report, far above what any does
_SOURCES = ("train", "eval")
_NO_READING = ("type", "time", "step")


@dataclass(frozen=True)
class Curves:
    """``series["train.loss"]`` is the reading ``loss`` of the ``train`` events over the optimiser steps.

    ``events`` counts what has been folded in: of one run, equal counts mean equal curves.
    """

    events: int = 0
    plan: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)

    def of(self, key: str) -> Series:
        """The curve, an empty one where the run has none."""
        return self.series.get(key, _NOTHING)


_NOTHING = Series()


def folded(curves: Curves, events: Iterable[dict[str, Any]]) -> Curves:
    """The curves after these events too; what is odd in an event is passed over."""
    count, plan, points = curves.events, curves.plan, {}
    for event in events:
        count += 1
        source = event.get("type")
        if source == "plan":
            plan = event
        elif source in _SOURCES and (step := number(event.get("step"))) is not None:
            for name, value in event.items():
                if name not in _NO_READING and number(value) is not None:
                    points.setdefault(f"{source}.{name}", []).append((int(step), value))
    series = dict(curves.series)
    for key, new in points.items():
        if key in series or len(series) < _MAX_CURVES:
            series[key] = series.get(key, _NOTHING).extended(new, MAX_POINTS)
    return replace(curves, events=count, plan=plan, series=series)
