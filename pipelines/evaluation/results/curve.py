"""How a model came to its figure: one task at each checkpoint of its training. Standard library only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.evaluation.results.records import Result
from pipelines.models.names import ModelName, Source, parse


@dataclass(frozen=True)
class Point:
    """``step`` is None for what the run made in the end."""

    step: int | None
    result: Result


@dataclass(frozen=True)
class Curve:
    """All points are of one ``setup``, in the order of the training; empty where nothing was asked."""

    run: str
    task: str
    setup: str
    points: tuple[Point, ...]


def curve_of(results: Iterable[Result], run: str, task: str, setup: str) -> Curve:
    """``run`` is ``run/<job id>``; that of a checkpoint means its run."""
    parsed = parse(run)
    if parsed.source is not Source.RUN:
        raise SpecError("run", run, "a run: run/<job id>")
    found = [(parse(one.model), one) for one in sorted(results, key=lambda one: one.created)]
    points = [(name.step, one) for name, one in found if _same_run(name, parsed) and one.task == task]
    wanted = setup or _fullest(points)
    newest = {step: Point(step, one) for step, one in points if one.setup == wanted}
    ordered = sorted(newest.values(), key=lambda point: (point.step is None, point.step or 0))
    return Curve(f"run/{parsed.rest}", task, wanted, tuple(ordered))


def _same_run(name: ModelName, run: ModelName) -> bool:
    return name.source is Source.RUN and name.rest == run.rest


def _fullest(points: list[tuple[int | None, Result]]) -> str:
    """The setup of the most steps; of two, the one asked last."""
    steps = Counter({one.setup: 0 for _, one in reversed(points)})
    steps.update(setup for _, setup in {(step, one.setup) for step, one in points})
    return max(steps, key=steps.__getitem__, default="")
