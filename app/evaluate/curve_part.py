"""A task at each checkpoint of a run: how its figures came about."""

import json
import math
from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.choosers import chooser
from app.evaluate import words
from app.evaluate.seen import seen_models
from app.figures.checkpoints import HEIGHT, Line, Reading, checkpoints_figure
from app.job_panel.access import seen_job
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Metric
from pipelines.evaluation.results.curve import Curve
from pipelines.evaluation.results.records import Result
from pipelines.models.names import Source, parse

_HINT = (
    '<p class="gw-muted">Evaluate a run with <em>Every checkpoint</em> ticked: each step that is kept then '
    "becomes a point here.</p>"
)
_LIVE = {
    "queue": False, "show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last",
}  # fmt: skip


class CurvePart:
    """Laid out in the present place of the page. ``run`` is filled by :meth:`offered`."""

    def __init__(self, services: Services):
        self._services = services
        self.hint = gr.HTML(_HINT)
        with gr.Row(elem_classes="gw-found-choose"):
            self.run = gr.Dropdown([], label="Run and task", elem_id="eval-curve-run")
        self.plot = gr.Plot(
            show_label=False, container=False, visible=False, elem_id="eval-curve",
            elem_classes=["gw-plot", f"gw-eval-h{HEIGHT}"],
        )  # fmt: skip

    def wire(self) -> None:
        self.run.change(self._drawn, self.run, [self.plot, self.hint], **_LIVE)

    def offered(self, results: Sequence[Result], chosen: str | None = None) -> Any:
        """The chooser: each run on each task that was asked at two of its steps, put in the same way. What is
        chosen stays while it is there."""
        steps: dict[tuple[str, str, str], set[int | None]] = {}
        titles = {(one.task, one.setup): one for one in results}
        for one in results:
            parsed = parse(one.model)
            if parsed.source is Source.RUN:
                key = (f"run/{parsed.rest}", one.task, one.setup)
                steps.setdefault(key, set()).add(parsed.step)
        choices = [
            (f"{run} · {titles[task, setup].title} · {len(found)} points", json.dumps([run, task, setup]))
            for (run, task, setup), found in steps.items()
            if len(found) > 1
        ]
        return chooser(choices, chosen, choices[0][1] if choices else None)

    # Callbacks: public; asks on its own which results this visitor may see.

    def _drawn(self, chosen: str | None, request: gr.Request) -> Any:
        try:
            run, task, setup = json.loads(chosen)
            curve = self._services.evaluation.curve(run, task, setup)
        except (GlassworksError, ValueError, TypeError):
            return gr.Plot(visible=False), _HINT
        reader, seen = self._services.identity.visitor(request).id, seen_models(self._services, request)
        mine = [one.result.model in seen and one.result.reader in ("", reader) for one in curve.points]
        if len(mine) < 2 or not all(mine):
            return gr.Plot(visible=False), _HINT
        return gr.Plot(drawn(curve, self._end(curve, request)), visible=True), ""

    def _end(self, curve: Curve, request: gr.Request) -> int:
        """The step of the run's result: that at which the job ended, as far as that is known."""
        last = max((one.step for one in curve.points if one.step is not None), default=0)
        try:
            job = seen_job(self._services, parse(curve.run).rest, request)
            return max(last, self._services.jobs.status(job.id).step)
        except GlassworksError:
            return last


def drawn(curve: Curve, end: int) -> Any:
    """A line for each metric that is a share as the leading one is, or is none as it."""
    leading = curve.points[0].result.metric
    metrics = [one for one in curve.points[0].result.metrics if one.share == leading.share]
    lines = [Line(metric.name, tuple(_readings(curve, metric, end))) for metric in metrics]
    y = "share of the items" if leading.share else leading.name
    return checkpoints_figure(lines, y, leading.share)


def _readings(curve: Curve, metric: Metric, end: int) -> list[Reading]:
    found: dict[int, Reading] = {}
    for point in curve.points:
        figure = point.result.figure(metric.name)
        if figure is None or not math.isfinite(figure.value):
            continue
        low, high = words.interval(figure, metric) if math.isfinite(figure.stderr) else (figure.value,) * 2
        step = end if point.step is None else point.step
        where = "the run's result" if point.step is None else f"step {step:,}"
        told = (
            f"{metric.name} {words.value(metric, figure.value)} {words.error(metric, figure.stderr)}, {where}"
        )
        found[step] = Reading(step, figure.value, low, high, told)
    return list(found.values())
