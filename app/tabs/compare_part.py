"""Compare runs: curves of several runs on one axis, what differs in their settings, how they ended.

The server holds nothing for a visitor but a mark of what was last drawn; a timer runs only while the part is
unfolded, its tab is open, and one of the chosen runs still goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app import units
from app.choosers import put
from app.compare import views
from app.compare.export import csv_text, json_text
from app.compare.metrics import METRICS, metric_named, offered
from app.compare.runs import Comparer, Run, as_json, drawn, settings, silent
from app.compare.script import comparison_code
from app.compare.spec import MAX_RUNS, ComparisonSpec
from app.errors import message_of, shown
from app.figures.comparison import HEIGHT
from app.job_panel.access import seen_jobs
from app.job_panel.badges import badge_text
from app.links import linked_values
from app.opening import holding, rest_when_left, when_linked, when_opened
from app.python_code import code_html
from app.redraw import Redraw
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.core.fields import knobs
from pipelines.jobs.service import Job
from pipelines.jobs.states import JobState

_EVERY_SECONDS = 4.0
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last"}
_X_CHOICES = [
    ("Steps", "steps"),
    ("Tokens", "tokens"),
    ("FLOPs", "flops"),
    ("Seconds of training", "seconds"),
]
_LINK_JS = """(runs, metric, x, smoothing, log) => glassworks.copyLink('{tab}',
    ['runs', 'metric', 'x', 'smoothing', 'log_x', 'log_y'],
    [(runs ?? []).join('\\n'), metric, x, smoothing, log.includes('log_x'), log.includes('log_y')])"""
_SAVE_JS = "(text) => glassworks.saveData(text, 'comparison.{ending}')"


@dataclass(frozen=True)
class Place:
    """Where the part stands: the ``tab`` of its links, the beginning of its components' ids, and the kinds of
    job that it offers (all of them where there are none). ``made_in`` is the tab where one makes runs."""

    tab: str = "jobs"
    prefix: str = "compare"
    kinds: tuple[str, ...] = ()
    made_in: str = "Pretrain"

    def of_kind(self, jobs: list[Job]) -> list[Job]:
        return [job for job in jobs if not self.kinds or job.kind in self.kinds]


class ComparePart:
    """Components, callbacks and wiring of the comparison."""

    def __init__(self, services: Services, place: Place | None = None):
        self._services, self._place = services, place or Place()
        self._comparer = Comparer(services)
        self.mark = gr.State(())  # of what was last drawn: an equal one needs no drawing
        self.unfolded = gr.State(False)
        self.timer = gr.Timer(_EVERY_SECONDS, active=False)
        self.fold = gr.Accordion("Compare runs", open=False, elem_classes="gw-more gw-compare")
        with self.fold:
            with gr.Row(elem_classes="gw-split"):
                with gr.Column(elem_classes="gw-inputs", min_width=280):
                    self._inputs()
                with gr.Column(elem_classes="gw-result", min_width=280):
                    self._results()
            with gr.Column(visible=False, elem_classes="gw-compared") as self.below:
                self.settings = gr.HTML()
                with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
                    self.code = gr.HTML()

    def _inputs(self) -> None:
        start, said = ComparisonSpec(), knobs(ComparisonSpec)
        self.runs = gr.Dropdown(
            [],
            multiselect=True,
            max_choices=MAX_RUNS,
            allow_custom_value=True,  # a link may name a run that is too old for the list: the server decides
            label=said["runs"].label,
            info=said["runs"].help,
            elem_id=f"{self._place.prefix}-runs",
        )
        self.metric = gr.Dropdown(
            _choices(METRICS.values()),
            value=start.metric,
            label=said["metric"].label,
            allow_custom_value=True,
            elem_id=f"{self._place.prefix}-metric",
        )
        self.x = gr.Dropdown(
            _X_CHOICES,
            value=start.x,
            label=said["x"].label,
            filterable=False,
            elem_id=f"{self._place.prefix}-x",
        )
        self.smoothing = gr.Slider(
            said["smoothing"].low,
            said["smoothing"].high,
            value=start.smoothing,
            step=said["smoothing"].step,
            label=said["smoothing"].label,
            info=said["smoothing"].help,
            visible=False,
            buttons=[],
            elem_id=f"{self._place.prefix}-smoothing",
        )
        self.log = gr.CheckboxGroup(
            [("x axis", "log_x"), ("y axis", "log_y")],
            value=[],
            label="Logarithmic",
            elem_id=f"{self._place.prefix}-log",
        )

    def _results(self) -> None:
        self.note = gr.HTML(self._empty(2), elem_id=f"{self._place.prefix}-note")
        with gr.Column(visible=False, elem_classes="gw-compared") as self.body:
            self.plot = gr.Plot(
                show_label=False,
                container=False,
                min_width=220,
                elem_classes=["gw-plot", "gw-plot-compare", f"gw-h{HEIGHT}"],
            )
            with gr.Row(elem_classes="gw-toolbar"):
                self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
                self.csv = gr.Button("Download .csv", size="sm", min_width=96, scale=0)
                self.json = gr.Button("Download .json", size="sm", min_width=96, scale=0)
            self.text = gr.Textbox(visible=False)
            self.figures = gr.HTML()

    def wire(self) -> None:
        inputs = [self.runs, self.metric, self.x, self.smoothing, self.log]
        parts = [self.note, self.body, self.plot, self.figures, self.below, self.settings, self.code]
        outputs = [self.mark, self.timer, self.metric, self.smoothing, *parts]
        self._redraw = Redraw()
        unfolded = self.fold.expand(self._unfold, self.runs, [self.unfolded, self.runs], **_QUIET)
        self._redraw.after(unfolded.success)
        self.fold.collapse(_at_rest, None, [self.unfolded, self.mark, self.timer], **_QUIET)
        changes = [c.input for c in (self.runs, self.metric, self.x, self.log)]
        changes += [self.smoothing.release, self.timer.tick]
        self._redraw.wire(self._draw, [self.mark, self.unfolded, *inputs], outputs, *changes, queue=False)
        when_opened(self._come_back, self.unfolded, [self.runs, self.timer])
        when_linked(self._linked, [*dict.fromkeys([self.fold, self.unfolded, *inputs, *outputs])])
        rest_when_left(self.timer)
        self.link.click(None, inputs, js=_LINK_JS.format(tab=self._place.tab))
        for button, made in ((self.csv, csv_text), (self.json, json_text)):
            told = button.click(self._telling(made), inputs, self.text, **_QUIET)
            ending = "csv" if made is csv_text else "json"
            told.success(None, self.text, None, js=_SAVE_JS.format(ending=ending))

    def follow(self, event: Any, named: Callable[..., list[str]], inputs: Any) -> None:
        """Have ``event`` unfold the part with the runs that ``named(*values of inputs, request)`` names."""

        @shown
        def chosen(request: gr.Request, *values: Any) -> tuple[Any, bool, Any]:
            runs = named(*values, request)[:MAX_RUNS]
            return gr.Accordion(open=True), True, _chosen(self._jobs(request), runs)

        unfolded = event(chosen, inputs, [self.fold, self.unfolded, self.runs], **_QUIET)
        self._redraw.after(unfolded.success)

    def _jobs(self, request: gr.Request) -> list[Job]:
        """This visitor's, of the kinds that stand here."""
        return self._place.of_kind(seen_jobs(self._services, request))

    def _empty(self, runs_there_are: int) -> str:
        return views.empty_html(runs_there_are, self._place.made_in)

    # Callbacks: each is public and checks on its own who asks.

    def _offer(self, request: gr.Request) -> Any:
        """This visitor's runs as they are now; what is chosen stays."""
        return gr.Dropdown(choices=[_labelled(job) for job in self._jobs(request)])

    def _come_back(self, unfolded: bool, request: gr.Request) -> tuple[Any, Any]:
        """The timer slept while another tab was looked at; its next tick says whether it goes on."""
        return self._offer(request), gr.Timer(active=bool(unfolded))

    def _unfold(self, chosen: list[str] | None, request: gr.Request) -> tuple[bool, Any]:
        """Unfolded with nothing chosen, it begins with the two newest runs of a kind."""
        jobs = self._jobs(request)
        return True, _chosen(jobs, chosen or self._comparer.newest(jobs))

    def _draw(self, request: gr.Request, mark: Any, unfolded: bool, *values: Any) -> Any:
        return self._drawn(mark, values, request) if unfolded else gr.skip()

    def _drawn(self, mark: Any, values: tuple[Any, ...], request: gr.Request) -> Any:
        """Everything anew, unless ``mark`` says that it stands there; a refusal takes its place."""
        try:
            spec = _spec(*values)
            runs = self._comparer.runs(spec, request)
            now = (spec, *((run.job.id, run.title, run.job.state, run.curves.events) for run in runs))
            return gr.skip() if now == mark else self._updates(now, spec, runs, request)
        except Exception as error:
            return self._nothing(error_html(message_of(error)))

    def _updates(
        self, mark: Any, spec: ComparisonSpec, runs: list[Run], request: gr.Request
    ) -> dict[Any, Any]:
        if not runs:
            return self._nothing(self._empty(len(self._jobs(request))))
        metrics, asked = offered(run.curves for run in runs), spec.metric
        spec = _with_a_metric(spec, metrics)
        rows = settings(runs)
        goes_on = any(run.job.state.live or run.job.state is JobState.QUEUED for run in runs)
        return {
            self.mark: mark,
            self.timer: gr.Timer(active=goes_on),
            self.metric: gr.update(choices=_choices(metrics or METRICS.values()), **put(asked, spec.metric)),
            self.smoothing: gr.Slider(visible=metric_named(spec.metric).noisy),
            self.note: views.note_html(runs, silent(spec, runs), rows),
            self.body: gr.Column(visible=True),
            self.plot: drawn(spec, runs),
            self.figures: views.figures_html(runs, rows),
            self.below: gr.Column(visible=True),
            self.settings: views.settings_html(runs, rows),
            self.code: code_html(comparison_code(spec)),
        }

    def _nothing(self, html: str) -> dict[Any, Any]:
        hidden = {part: gr.Column(visible=False) for part in (self.body, self.below)}
        return {self.mark: (), self.note: html, self.timer: gr.Timer(active=False), **hidden}

    def _telling(self, made: Callable[[dict[str, Any]], str]) -> Callable[..., str]:
        @shown
        def tell(request: gr.Request, *values: Any) -> str:
            spec = _spec(*values)
            return made(as_json(spec, self._comparer.runs(spec, request)))

        return tell

    def _linked(self, request: gr.Request) -> Any:
        """The inputs of a shared link, and the part unfolded and drawn; nothing where the page has no such
        link."""
        given = linked_values(request, self._place.tab, ComparisonSpec())
        if not given.get("runs"):
            return gr.skip()
        spec = {**ComparisonSpec().to_dict(), **given}
        log = [name for name in ("log_x", "log_y") if spec[name]]
        names = spec["runs"].split("\n")
        runs = _chosen(self._jobs(request), names)
        values = (spec["metric"], spec["x"], spec["smoothing"], log)
        updates = self._drawn(None, (names, *values), request)
        for input_, value in zip((self.metric, self.x, self.smoothing, self.log), values, strict=True):
            updates[input_] = holding(updates.get(input_, gr.update()), value)
        opened = {self.fold: gr.Accordion(open=True), self.unfolded: True, self.runs: runs}
        return {**updates, **opened}


def _at_rest() -> tuple[bool, tuple[()], Any]:
    """Folded: nothing is read for it any more; unfolded it is drawn anew, and so goes on if there is more."""
    return False, (), gr.Timer(active=False)


def _spec(runs: Any, metric: Any, x: Any, smoothing: Any, log: Any) -> ComparisonSpec:
    """What the browser sent as a checked spec."""
    scales = {name: name in (log or []) for name in ("log_x", "log_y")}
    return ComparisonSpec.from_dict(
        {"runs": runs or [], "metric": metric, "x": x, "smoothing": smoothing, **scales}
    )


def _with_a_metric(spec: ComparisonSpec, metrics: list[Any]) -> ComparisonSpec:
    """The first one that there is, where no run has the one asked for."""
    names = [metric.name for metric in metrics]
    if not names or spec.metric in names:
        return spec
    return ComparisonSpec.from_dict({**spec.to_dict(), "metric": names[0]})


def _choices(metrics: Any) -> list[tuple[str, str]]:
    return [(metric.label, metric.name) for metric in metrics]


def _chosen(jobs: list[Job], runs: list[str]) -> Any:
    offered = [_labelled(job) for job in jobs]
    return gr.Dropdown(choices=offered, value=runs, multiselect=True, allow_custom_value=True)


def _labelled(job: Job) -> tuple[str, str]:
    return f"{job.title or job.kind} · {units.moment(job.created)} · {badge_text(job.state)}", job.id
