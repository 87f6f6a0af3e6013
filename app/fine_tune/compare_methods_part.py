"""Compare methods: tick several, see what each would take, start one job each on the form's settings, and see
quality over what it cost as they end.

The server holds nothing for a visitor but a mark of what was last drawn; a timer runs only while the part is
unfolded, its tab is open, and a job of the comparison goes on.
"""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app import units
from app.choosers import chooser
from app.edits import edits
from app.errors import message_of, shown
from app.figures.methods import HEIGHT
from app.fine_tune import compare_view as views
from app.fine_tune.check_part import CheckPart
from app.fine_tune.compare_methods import MethodComparisons, Planned
from app.fine_tune.compare_results import COSTS, Outcome, chief, csv_text
from app.fine_tune.compare_variants import (
    MOST,
    SIZES,
    Variant,
    checked,
    first_refusal,
    rate_of,
    size_title,
    sizes_of,
)
from app.fine_tune.form import TuneForm, method_title
from app.opening import rest_when_left, when_opened
from app.redraw import Redraw
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.jobs.groups import Group
from pipelines.training.tuning.specs import METHODS

_EVERY_SECONDS = 4.0
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last"}
_FIRST = {"lora": "4, 32", "ia3": "", "full": ""}  # ticked to begin with → sizes
_LEAD = (
    "Each ticked method becomes a job on the form's base, data, split, seed and steps, one after another. Of "
    "ranks, widths and tokens several may be given with commas between them: each becomes a job of its own."
)
_BLOCKED = "It cannot start with these rows: see what the check has found, above, with the way to mend it."
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'methods.csv')"


class CompareMethodsPart:
    """Components, callbacks and wiring. ``form`` holds the settings that all methods share, ``check`` looks
    at the data before anything starts."""

    def __init__(self, services: Services, form: TuneForm, check: CheckPart):
        self._services, self._form, self._check = services, form, check
        self.comparisons = MethodComparisons(services)
        self.mark = gr.State(())  # of what was last drawn: an equal one needs no drawing
        self.unfolded = signal()  # words where it is
        self.timer = gr.Timer(_EVERY_SECONDS, active=False)
        self.fold = gr.Accordion("Compare methods", open=False, elem_classes="gw-more gw-compare")
        with self.fold:
            with gr.Column(elem_classes=["gw-split", "gw-inputs", "gw-methods-form"]):
                self._inputs()
            self._results()

    def _inputs(self) -> None:
        gr.HTML(f'<p class="gw-muted">{_LEAD}</p>')
        self.ticks: dict[str, Any] = {}
        self.sizes: dict[str, Any] = {}
        self.rates: dict[str, Any] = {}
        with gr.Row(elem_classes="gw-method-rows"):
            for method in METHODS:
                self._row(method)
        self.planned = gr.HTML(views.NOTHING_TICKED, elem_id="methods-planned")
        with gr.Row(elem_classes="gw-method-go"):
            named = {"label": "Name of the comparison", "max_length": 80, "max_lines": 1}
            self.name = gr.Textbox(**named, elem_id="methods-name", min_width=220)
            self.start = gr.Button(
                "Start the comparison", variant="primary", min_width=220, elem_id="methods-start"
            )
        self.error = gr.HTML(elem_id="methods-error")

    def _row(self, method: str) -> None:
        title = method_title(method)
        with gr.Column(elem_classes="gw-method-row", min_width=200):
            self.ticks[method] = gr.Checkbox(
                method in _FIRST, label=title, container=False, elem_id=f"methods-{method}"
            )
            with gr.Row(elem_classes="gw-method-numbers"):
                if method in SIZES:
                    self.sizes[method] = gr.Textbox(
                        _FIRST.get(method, ""),
                        label=size_title(method).capitalize(),
                        placeholder="the form's",
                        max_length=80,
                        max_lines=1,
                        min_width=80,
                        elem_id=f"methods-{method}-sizes",
                    )
                self.rates[method] = gr.Number(
                    rate_of(method), label="Learning rate", min_width=80, elem_id=f"methods-{method}-rate"
                )

    def _results(self) -> None:
        with gr.Column(elem_classes=["gw-split", "gw-inputs", "gw-methods-form"]):
            self.chosen = gr.Dropdown(
                [], label="Comparison", filterable=False, visible=False, elem_id="methods-chosen"
            )
        self.note = gr.HTML(views.EMPTY, elem_id="methods-note")
        with gr.Column(visible=False, elem_classes="gw-compared") as self.body:
            with gr.Row(elem_classes="gw-method-plots"):
                self.plots = {
                    cost: gr.Plot(
                        show_label=False,
                        container=False,
                        min_width=240,
                        elem_classes=["gw-plot", "gw-plot-method", f"gw-h{HEIGHT}"],
                    )
                    for cost in COSTS
                }
            self.table = gr.HTML(elem_id="methods-table")
            with gr.Row(elem_classes="gw-toolbar"):
                self.curves = gr.Button("Curves of these runs", size="sm", min_width=120, scale=0)
                self.csv = gr.Button("Download .csv", size="sm", min_width=96, scale=0)
                self.cancel = gr.Button("Cancel the rest", size="sm", variant="stop", min_width=110, scale=0)
            self.text = gr.Textbox(visible=False)

    def wire(self, estimated: gr.HTML) -> None:
        """``estimated`` changes whenever the form's settings do."""
        picked = [*self.ticks.values(), *self.sizes.values(), *self.rates.values()]
        asked = {*self._form.inputs, *picked, self.unfolded, self.name}
        drawn = [self.mark, self.timer, self.note, self.body, self.table, self.cancel, *self.plots.values()]
        unfolded = self.fold.expand(self._unfold, self.chosen, [self.unfolded, self.chosen], **_QUIET)
        redraw = Redraw()
        redraw.after(unfolded.success)
        self.fold.collapse(_at_rest, None, [self.unfolded, self.mark, self.timer], **_QUIET)
        # One event for all that changes the plan: of two, the later answer could be to the older question.
        changes = [estimated.change, self.unfolded.change, *map(edits, picked)]
        gr.on(changes, self._plan, asked, [self.planned, self.error], **_LIVE)
        begun = self.start.click(
            self._start,
            asked,
            [self.chosen, self.error, *self._check.outputs],
            api_visibility="private",
            show_progress="hidden",
            concurrency_limit=4,
        )
        redraw.after(begun.success)
        redraw.after(self.cancel.click(self._cancel, self.chosen, None, **_QUIET).success)
        known, changes = [self.mark, self.unfolded, self.chosen], [self.chosen.input, self.timer.tick]
        redraw.wire(self._draw, known, drawn, *changes, queue=False)
        told = self.csv.click(self._csv, self.chosen, self.text, **_QUIET)
        told.success(None, self.text, None, js=_SAVE_JS)
        rest_when_left(self.timer)
        when_opened(self._come_back, [self.unfolded, self.chosen], [self.chosen, self.timer])

    # Callbacks: each is public and checks on its own who asks.

    def _unfold(self, chosen: str | None, request: gr.Request) -> tuple[str, Any]:
        """Unfolded with nothing chosen, it begins with the newest comparison."""
        return "unfolded", self._offered(request, chosen or None)

    def _come_back(self, unfolded: str, chosen: str | None, request: gr.Request) -> tuple[Any, Any]:
        """The timer slept while another tab was looked at; its next tick says whether it goes on."""
        offered = self._offered(request, chosen) if unfolded else gr.skip()
        return offered, gr.Timer(active=bool(unfolded and chosen))

    def _plan(self, given: dict[Any, Any], request: gr.Request) -> Any:
        if not given[self.unfolded]:
            return gr.skip()
        try:
            variants = self._variants(given)
            if not variants:
                return {self.planned: views.NOTHING_TICKED, self.error: ""}
            if len(variants) > MOST:
                checked(variants)
            return {self.planned: views.planned_html(self._planned(given, variants, request)), self.error: ""}
        except Exception as error:
            return {self.planned: "", self.error: error_html(message_of(error))}

    def _start(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Check the data first, once for all; what blocks is shown, and nothing starts."""
        found = None
        try:
            variants = checked(self._variants(given))
            planned = self._planned(given, variants, request)
            spec = next((one.spec for one in planned if one.spec is not None), None)
            if spec is None:
                raise first_refusal([one.reason for one in planned])
            for updates, checked_data in self._check.shown(spec, request):
                found = checked_data
                yield {self.error: updates[self._check.status], **updates}
            if found is None:
                return
            if found.blocked:
                yield {self.error: error_html(_BLOCKED)}
                return
            group = self.comparisons.launched(self._values(given), variants, given[self.name], request)
        except Exception as error:
            yield {self.error: error_html(message_of(error))}
            return
        yield {self.chosen: {**self._offered(request, group.id), "value": group.id}, self.error: ""}

    def _draw(self, mark: Any, unfolded: str, chosen: str | None, request: gr.Request) -> Any:
        return self._drawn(mark, chosen, request) if unfolded else gr.skip()

    def _drawn(self, mark: Any, chosen: str | None, request: gr.Request) -> Any:
        """Everything anew, unless ``mark`` says that it stands there; a refusal takes its place."""
        if not chosen:
            return self._nothing(views.EMPTY)
        try:
            group = self.comparisons.seen(chosen, request)
            outcomes = self.comparisons.outcomes(group)
        except Exception as error:
            return self._nothing(error_html(message_of(error)))
        now = (group.id, *((one.state, one.step, one.reason, one.trainable) for one in outcomes))
        return gr.skip() if now == mark else self._updates(now, chief(group.entries), outcomes)

    def _updates(self, mark: Any, measure: str, outcomes: list[Outcome]) -> dict[Any, Any]:
        goes_on = any(one.waits for one in outcomes)
        drawn = views.figures(outcomes, measure)
        return {
            self.mark: mark,
            self.timer: gr.Timer(active=goes_on),
            self.note: views.note_html(outcomes, measure),
            self.body: gr.Column(visible=True),
            self.table: views.outcomes_html(outcomes, measure),
            self.cancel: gr.Button(visible=goes_on),
            **{plot: drawn[cost] for cost, plot in self.plots.items()},
        }

    def _nothing(self, html: str) -> dict[Any, Any]:
        hidden = {self.body: gr.Column(visible=False), self.timer: gr.Timer(active=False)}
        return {self.mark: (), self.note: html, **hidden}

    @shown
    def _cancel(self, chosen: str | None, request: gr.Request) -> None:
        self.comparisons.cancel(self.comparisons.seen(chosen, request))

    @shown
    def _csv(self, chosen: str | None, request: gr.Request) -> str:
        return csv_text(self.comparisons.outcomes(self.comparisons.seen(chosen, request)))

    def runs_of(self, chosen: str | None, request: gr.Request) -> list[str]:
        """The jobs of a comparison, for their curves."""
        outcomes = self.comparisons.outcomes(self.comparisons.seen(chosen, request))
        return [one.job_id for one in outcomes if one.job_id]

    # What the browser holds.

    def _variants(self, given: dict[Any, Any]) -> tuple[Variant, ...]:
        """The ticked methods, each of its sizes; raises SpecError for sizes that are no numbers."""
        return tuple(
            Variant(method, given[self.rates[method]], size)
            for method, tick in self.ticks.items()
            if given[tick]
            for size in sizes_of(method, given[self.sizes[method]] if method in self.sizes else "")
        )

    def _values(self, given: dict[Any, Any]) -> dict[str, Any]:
        return self._form.everything(given)

    def _planned(
        self, given: dict[Any, Any], variants: tuple[Variant, ...], request: gr.Request
    ) -> list[Planned]:
        return self.comparisons.planned(self._values(given), variants, str(given[self.name] or ""), request)

    def _offered(self, request: gr.Request, chosen: str | None) -> Any:
        """This visitor's comparisons; with nothing chosen, the newest."""
        groups = self.comparisons.listed(request)
        newest = groups[0].id if groups else None
        choices = [(_labelled(group), group.id) for group in groups]
        return chooser(choices, chosen, newest, visible=bool(groups))


def _at_rest() -> tuple[str, tuple[()], Any]:
    """Folded: nothing is read for it any more; unfolded it is drawn anew, and so goes on if there is more."""
    return "", (), gr.Timer(active=False)


def _labelled(group: Group) -> str:
    return f"{group.title} · {units.moment(group.created)} · {len(group.entries)} methods"
