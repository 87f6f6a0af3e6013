"""The runs of one comparison with their letters and curves, for whoever may see them."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from app.compare.curves import Curves
from app.compare.differences import Row, differences
from app.compare.metrics import X_AXES, line, metric_named, offered, positions, smoothed
from app.compare.reader import CurveReader
from app.compare.spec import ComparisonSpec
from app.figures.comparison import LETTERS, Axes, RunLine, comparison_figure
from app.job_panel.access import seen_job
from app.job_panel.history import number
from app.services import Services
from pipelines.jobs.service import Job

# What a run came to: name → the reading whose last value it is.
FINALS = {
    "bits_per_byte": "eval.bits_per_byte",
    "validation_loss": "eval.loss",
    "second_bits_per_byte": "eval.second_bits_per_byte",
    "second_loss": "eval.second_loss",
    "training_loss": "train.loss",
    "tokens": "train.tokens",
    "seconds": "train.elapsed",
}
_LOOKED_AT = 12  # jobs, for two to begin with
_LAST_LOSSES = 0.02  # the training loss at the end is the mean over that share of the run


@dataclass(frozen=True)
class Run:
    """One of the compared: ``letter`` stands for it wherever there is no room for its title."""

    letter: str
    job: Job
    curves: Curves

    @property
    def title(self) -> str:
        return self.job.title or self.job.id

    @property
    def step(self) -> int:
        """The newest step that a reading came from."""
        return max((series.steps[-1] for series in self.curves.series.values() if series.steps), default=0)

    @property
    def flops(self) -> float | None:
        """Spent on training so far."""
        spent = positions(self.curves, (self.step,), "flops")
        return None if spent is None else float(spent[0])

    @property
    def measures(self) -> list[str]:
        """What only runs of its kind measure on held-out texts, by their own names."""
        told = (key.removeprefix("eval.") for key in self.curves.series if key.startswith("eval."))
        return [name for name in told if f"eval.{name}" not in FINALS.values() and name not in FINALS]

    @property
    def finals(self) -> dict[str, float]:
        """Its newest figures; ``flops`` are those spent so far. What it did not report is left out."""
        found = {name: self.curves.of(key).last for name, key in FINALS.items()}
        if self.curves.of("train.loss").steps:
            found["training_loss"] = float(smoothed(self.curves.of("train.loss"), _LAST_LOSSES)[-1])
        found["flops"] = self.flops
        found |= {name: number(self.curves.plan.get(name)) for name in ("parameters", "trainable")}
        found |= {name: self.curves.of(f"eval.{name}").last for name in self.measures}
        return {name: value for name, value in found.items() if value is not None}


class Comparer:
    """Finds the runs of a :class:`ComparisonSpec`. One serves all visitors."""

    def __init__(self, services: Services):
        self._services = services
        self._reader = CurveReader(services.jobs)

    def runs(self, spec: ComparisonSpec, request: gr.Request) -> list[Run]:
        """In the order asked for; raises NotFoundError for a job that this visitor may not see."""
        jobs = [seen_job(self._services, job_id, request) for job_id in spec.runs]
        return [
            Run(letter, job, self._reader.read(job.id)) for letter, job in zip(LETTERS, jobs, strict=False)
        ]

    def newest(self, jobs: list[Job]) -> list[str]:
        """To begin with: of ``jobs``, newest first, the newest that has curves and the one of its kind before
        it; the older one comes first."""
        found: list[Job] = []
        for job in jobs[:_LOOKED_AT]:
            alike = job.started and (not found or job.kind == found[0].kind)
            if alike and len(found) < 2 and self._reader.read(job.id).series:
                found.append(job)
        return [job.id for job in reversed(found)]


def drawn(spec: ComparisonSpec, runs: list[Run]) -> Any:
    """The figure of these runs."""
    metric = metric_named(spec.metric)
    lines = [_line(spec, run) for run in runs]
    axes = Axes(X_AXES[spec.x], metric.axis, spec.log_x, spec.log_y)
    measured = metric.key.startswith("eval.")
    return comparison_figure([one for one in lines if one], axes, measured, _why_empty(spec, runs))


def silent(spec: ComparisonSpec, runs: list[Run]) -> list[Run]:
    """Those with nothing to draw for this metric over this axis."""
    return [run for run in runs if line(run.curves, metric_named(spec.metric), spec.x) is None]


def settings(runs: list[Run]) -> list[Row]:
    """What the runs were told, a row a setting."""
    return differences([(run.job.kind, run.job.spec) for run in runs])


def as_json(spec: ComparisonSpec, runs: list[Run]) -> dict[str, Any]:
    """The series, the figures at the end and the differing settings as plain JSON values."""
    rows = [row for row in settings(runs) if row.differs]
    told = {
        row.field: {run.letter: _plain(v) for run, v in zip(runs, row.values, strict=True)} for row in rows
    }
    return {
        "metric": spec.metric,
        "x": spec.x,
        "metrics": [metric.name for metric in offered(run.curves for run in runs)],
        "runs": [_run_json(spec, run) for run in runs],
        "differences": told,
    }


def _run_json(spec: ComparisonSpec, run: Run) -> dict[str, Any]:
    found = line(run.curves, metric_named(spec.metric), spec.x)
    x, y = (values.tolist() for values in found) if found else ([], [])
    facts = {"letter": run.letter, "job": run.job.id, "title": run.title, "kind": run.job.kind}
    return {**facts, "state": run.job.state.value, "x": x, "y": y, "final": run.finals}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, list, type(None))) else None


def _line(spec: ComparisonSpec, run: Run) -> RunLine | None:
    metric = metric_named(spec.metric)
    found = line(run.curves, metric, spec.x)
    if found is None:
        return None
    wanted = metric.noisy and spec.smoothing > 0
    mean: np.ndarray | None = smoothed(run.curves.of(metric.key), spec.smoothing) if wanted else None
    return RunLine(run.letter, run.title, *found, mean)


def _why_empty(spec: ComparisonSpec, runs: list[Run]) -> str:
    if not runs:
        return "Choose two runs or more."
    label = metric_named(spec.metric).label.lower()
    if all(run.curves.of(metric_named(spec.metric).key).steps for run in runs):
        return f"None of these runs tells its {X_AXES[spec.x]}."
    return f"No {label} has been reported yet."
