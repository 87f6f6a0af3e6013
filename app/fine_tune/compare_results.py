"""How each method of a comparison stands: figures from what its job has reported. Pure: entries, statuses and
curves in, rows out. What a job wrote may lack anything, which is then None.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.compare.curves import Curves
from app.compare.export import inert
from app.figures.comparison import LETTERS
from app.job_panel.history import number
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import JobState
from pipelines.training.tuning.tasks import TASKS

# What an evaluation may tell, by the names that people use.
MEASURES = {
    "loss": "held-out loss (nats)",
    "perplexity": "perplexity",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "entity_f1": "entity F1",
    "f1": "token F1",
    "exact_match": "exact match",
    "top1": "first guess right",
    "top5": "among five",
}
# What quality is held against: field of an Outcome → title with its unit.
COSTS = {
    "trainable": "trained numbers",
    "memory": "memory at the peak",
    "seconds": "seconds of training",
}
LOWER = ("loss", "perplexity")
DELETED = "Its job was deleted."


@dataclass(frozen=True)
class Outcome:
    """One method. ``state`` is None where there is no job (any more); ``reason`` says why there is no result.
    ``memory`` is the measured peak in bytes, ``seconds`` those of training; ``measures`` are those of the
    kept checkpoint by name, and ``before`` those of the step 0."""

    letter: str
    label: str
    method: str
    learning_rate: float | None
    size: int | None = None
    job_id: str = ""
    state: JobState | None = None
    reason: str = ""
    step: int = 0
    total: int = 0
    trainable: float | None = None
    parameters: float | None = None
    memory: float | None = None
    seconds: float | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether its job goes on, or will."""
        return self.state is not None and (self.state.live or self.state is JobState.QUEUED)

    @property
    def percent(self) -> float | None:
        known = self.trainable is not None and self.parameters
        return 100 * self.trainable / self.parameters if known else None


def chief(entries: Sequence[Mapping[str, Any]]) -> str:
    """The measure by which the methods of these entries are judged."""
    task = next((TASKS[one["task"]] for one in entries if one.get("task") in TASKS), None)
    return task.measure if task else "loss"


def outcome(
    place: int, entry: Mapping[str, Any], status: JobStatus | None, curves: Curves | None = None
) -> Outcome:
    """Of the ``place``-th entry of a comparison, from 0; ``status`` is None where its job is gone."""
    told = {name: str(entry.get(name) or "") for name in ("label", "method", "reason")}
    rate, size = number(entry.get("learning_rate")), number(entry.get("size"))
    first = Outcome(LETTERS[place], told["label"], told["method"], rate, None if size is None else int(size))
    if status is None:
        return replace(first, reason=told["reason"] or DELETED)
    plan = curves.plan if curves else {}
    metrics = status.metrics if status.job.state is JobState.SUCCEEDED else {}
    return replace(
        first,
        job_id=status.job.id,
        state=status.job.state,
        reason="" if status.job.state is JobState.SUCCEEDED else status.job.message,
        step=status.step,
        total=status.total,
        trainable=number(plan.get("trainable")),
        parameters=number(plan.get("parameters")),
        memory=number(metrics.get("peak_memory_bytes")),
        seconds=number(metrics.get("seconds")),
        measures={name: metrics[name] for name in MEASURES if number(metrics.get(name)) is not None},
        before=_before(curves) if curves else {},
    )


def best_of(outcomes: Sequence[Outcome], name: str) -> float | None:
    """The best value of a measure or cost, where at least two methods have one and they differ."""
    values = [value for one in outcomes if (value := value_of(one, name)) is not None]
    if len(set(values)) < 2:
        return None
    return min(values) if name in COSTS or name in LOWER else max(values)


def value_of(one: Outcome, name: str) -> float | None:
    return getattr(one, name) if name in COSTS else one.measures.get(name)


def measured(outcomes: Sequence[Outcome], chief_measure: str) -> list[str]:
    """The measures that at least one method has, the chief one first."""
    there = [name for name in MEASURES if any(name in one.measures for one in outcomes)]
    return sorted(there, key=lambda name: name != chief_measure)


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """A plain object a method."""
    return [
        {
            "letter": one.letter,
            "label": one.label,
            "method": one.method,
            "size": one.size,
            "learning_rate": one.learning_rate,
            "job": one.job_id,
            "state": one.state.value if one.state else "",
            "reason": one.reason,
            "trainable": one.trainable,
            "percent": one.percent,
            "memory_bytes": one.memory,
            "seconds": one.seconds,
            "measures": dict(one.measures),
            "before": dict(one.before),
        }
        for one in outcomes
    ]


def csv_text(outcomes: Sequence[Outcome]) -> str:
    """A row a method; what is not known is empty."""
    names = [name for name in MEASURES if any(name in one.measures for one in outcomes)]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    told = ["letter", "label", "method", "size", "learning_rate", "job", "state", "reason"]
    figures = ["trainable", "percent", "memory_bytes", "seconds"]
    table.writerow([*told, *figures, *names, *(f"{name}_before" for name in names)])
    for row in as_json(outcomes):
        cells = [inert(row[name]) if isinstance(row[name], str) else row[name] for name in (*told, *figures)]
        table.writerow(
            [*cells, *(row["measures"].get(n) for n in names), *(row["before"].get(n) for n in names)]
        )
    return out.getvalue()


def _before(curves: Curves) -> dict[str, float]:
    """The measures of step 0, before anything was learnt."""
    found = {name: curves.of(f"eval.{name}") for name in MEASURES}
    return {name: s.values[0] for name, s in found.items() if s.steps and s.steps[0] == 0}
