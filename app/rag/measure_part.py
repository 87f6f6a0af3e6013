"""Measuring on one's own documents: questions, the ways to search that are compared, and what came of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.parts import PICKED
from app.picking import pick_js
from app.rag import measure_told
from app.rag.measure_items_view import FILTERS, TRACE_HINT, chosen, item_html, items_html
from app.rag.measure_presets import FIRST, NAMES
from app.rag.measure_presets import chosen as configurations_of
from app.rag.measure_questions_part import QuestionsPart
from app.rag.measure_run import Board, Measuring
from app.rag.measure_sets_part import SetsPart
from app.rag.measure_view import HINT, differences_html, failures_html, progress_html, table_html
from app.rag.search_rights import check_search
from app.services import Services
from app.signal import signal
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError, SpecError
from pipelines.rag.measuring.scores import BY_NAME
from pipelines.rag.specs import AnswerSpec, SearchSpec

ANSWERS = (("The search alone", ""), ("Answers by exact span", "extract"), ("Written answers", "generate"))
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "queue": False, "trigger_mode": "always_last"}
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'measured{ending}')"
_LEAD = (
    '<p class="gw-muted">How often is the right passage found on <em>your</em> documents, and by which '
    "settings? Every configuration gets the same questions; nothing is measured twice.</p>"
)


class MeasurePart:
    """Laid out in the present place of the page. ``settings`` is what asks for the specs elsewhere on it:
    ``inputs`` (components), ``search(given) -> SearchSpec`` and ``answer(given) -> AnswerSpec``; without it
    the specs' own defaults are the present settings."""

    def __init__(self, services: Services, settings: Any = None):
        self._services, self._settings = services, settings
        self.board, self.run = gr.State(None), gr.State(None)
        self.at = gr.State("")  # the collection that all of this is of
        self.item, self.page = signal(), signal()
        gr.HTML(_LEAD)
        gr.HTML("<h3>Questions</h3>")
        self.questions = QuestionsPart(services)
        self.sets = SetsPart(services, self.questions)
        gr.HTML("<h3>Compare</h3>")
        self.names = gr.CheckboxGroup(
            list(NAMES), value=list(FIRST), label="Configurations", elem_id="measure-configurations",
            info="Each keeps the number of passages, the weights and the filters of the present settings.",
        )  # fmt: skip
        self.answers = gr.Radio(
            list(ANSWERS), value="", label="What is judged", elem_id="measure-answers",
            info="Answers take a model's time for each question; the search alone takes milliseconds.",
        )  # fmt: skip
        with gr.Row(elem_classes="gw-actions"):
            self.go = gr.Button("Measure", variant="primary", scale=2, min_width=120, elem_id="measure-go")
            self.stop = gr.Button("Stop", interactive=False, scale=1, min_width=80, elem_id="measure-stop")
        self.status = gr.HTML(
            status_line("idle", "Ready"), elem_classes="gw-status-box", elem_id="measure-status"
        )
        self.rows = gr.HTML(HINT, elem_id="measure-table")
        with gr.Column(visible=False, elem_classes="gw-found-results") as self.body:
            self._results()

    def _results(self) -> None:
        gr.HTML("<h3>Against a baseline</h3>")
        with gr.Row(elem_classes="gw-found-choose"):
            self.baseline = gr.Dropdown(
                [], label="Baseline", filterable=False, min_width=160, elem_id="measure-baseline"
            )
            self.metric = gr.Dropdown(
                [], label="By", filterable=False, min_width=160, elem_id="measure-metric"
            )
        self.gaps = gr.HTML(elem_id="measure-differences")
        gr.HTML("<h3>Why questions failed</h3>")
        self.failures = gr.HTML(elem_id="measure-failures")
        self.filter = gr.Radio(
            [(title, name) for name, title in FILTERS.items()], value="all", label="Show", show_label=False,
            container=False, elem_id="measure-filter",
        )  # fmt: skip
        self.items = gr.HTML(elem_id="measure-items", js_on_load=pick_js("item", "page"))
        self.trace = gr.HTML(TRACE_HINT, elem_id="measure-trace")
        with gr.Row(elem_classes="gw-toolbar"):
            self.csv = gr.Button("Questions × configurations .csv", size="sm", elem_id="measure-csv")
            self.json = gr.Button("All figures .json", size="sm", elem_id="measure-json")
        self.text = gr.Textbox("", visible=False)

    # Wiring.

    def wire(self, collection: Any) -> None:
        """``collection`` is the hidden text box that holds the chosen collection's id."""
        self._collection = collection
        self.questions.wire(collection)
        self.sets.wire(collection)
        asked = {collection, self.questions.table, self.questions.known, self.names, self.answers}
        asked |= set(self._settings.inputs) if self._settings else set()
        drawn = [self.status, self.rows, self.board, self.run, self.go, self.stop, self.body, self.baseline]
        drawn += [self.metric, self.item, self.page, self.questions.known]
        self.go.click(
            self._measured, asked, drawn, trigger_mode="once", concurrency_id="rag-measure", **_QUIET
        )
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, queue=False, **_QUIET)
        against = [self.board.change, self.baseline.input, self.metric.input]
        gr.on(
            against,
            self._against,
            [self.board, self.baseline, self.metric],
            [self.gaps, self.failures],
            **_LIVE,
        )
        listing = [self.board.change, self.filter.input, self.page.change, self.item.change]
        told = [self.board, self.filter, self.page, self.item]
        gr.on(listing, self._listed, told, [self.items, self.trace], **_LIVE)
        self.items.select(self._picked, None, [self.item, self.page], queue=False, **PICKED)
        for button, make, ending in ((self.csv, self._csv, ".csv"), (self.json, self._json, ".json")):
            saved = button.click(shown(make), [self.board, self.baseline], self.text, queue=False, **_QUIET)
            saved.success(None, self.text, None, js=_SAVE_JS.replace("{ending}", ending))
        left = [self.at, *drawn, self.gaps, self.items]
        collection.change(self._moved, [collection, self.at, self.run], left, queue=False, **_QUIET)

    # Callbacks: each is public; whose the collection is, is asked of the service.

    def _measured(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Update after update; whatever goes wrong ends as the status line's error state."""
        try:
            visitor = self._services.identity.visitor(request)
            measuring = Measuring(self._services, visitor, str(given[self._collection] or ""))
            questions = self.questions
            read = questions.read(measuring, given[questions.table], given[questions.known])
            search, answer = self._specs(given)
            configurations = configurations_of(given[self.names] or (), search, answer)
            for one in configurations:
                check_search(one.search, visitor)
            run = Stoppable(measuring.run(read.questions, configurations))
            first = {questions.known: read.questions, self.item: "", self.page: ""}
            yield from self._followed(run, first)
        except Exception as error:
            yield {self.status: status_line("failed", message_of(error)), **self._buttons(None)}

    def _followed(self, run: Stoppable, first: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
        board, more = None, {**first, **self._buttons(run)}
        for board in run.events():
            yield {self.status: progress_html(board), self.rows: table_html(board), **more}
            more = {}
        if board is None:
            return
        if board.state != "done":
            board = replace(board, state="stopped")
        yield {**self._whole(board), **self._buttons(None)}

    def _against(self, board: Board | None, baseline: str, metric: str) -> tuple[str, str]:
        """As is chosen where the run has that; else against its first configuration by its first metric."""
        if not isinstance(board, Board):
            return "", ""
        names, metrics = [one.name for one in board.configurations], measure_told.metrics_of(board)
        if not metrics:
            return "", failures_html(board)
        base, by = baseline if baseline in names else names[0], metric if metric in metrics else metrics[0]
        return differences_html(board, base, by), failures_html(board)

    def _listed(self, board: Board | None, wanted: str, page: str, item: str) -> tuple[str, str]:
        if not isinstance(board, Board):
            return "", TRACE_HINT
        opened = _place(item, len(board.questions))
        html = items_html(board, chosen(board, str(wanted)), _place(page, 10**6) or 0, opened)
        return html, TRACE_HINT if opened is None else item_html(board, opened)

    def _picked(self, event: gr.EventData) -> dict[Any, Any]:
        told = getattr(event, "_data", None) or {}
        if isinstance(told.get("item"), str):
            return {self.item: told["item"][:9]}
        return {self.page: str(told["page"])[:9]} if "page" in told else gr.skip()

    def _csv(self, board: Board | None, _baseline: str) -> str:
        return measure_told.csv_text(_there(board))

    def _json(self, board: Board | None, baseline: str) -> str:
        return measure_told.json_text(_there(board), str(baseline or ""))

    def _moved(self, collection: str, at: str, run: Stoppable | None) -> dict[Any, Any]:
        """Another collection: what was measured in the one before is not of it. Before the first one there
        was nothing, and what was begun since is not taken away."""
        if at in ("", collection):
            return {self.at: collection}
        if run:
            run.stop()
        gone = {self.at: collection, self.rows: HINT, self.board: None, self.gaps: "", self.items: ""}
        return {**gone, self.status: status_line("idle", "Ready"), self.body: gr.Column(visible=False)}

    # What is asked, and what is shown.

    def _specs(self, given: dict[Any, Any]) -> tuple[SearchSpec, AnswerSpec | None]:
        search = self._settings.search(given) if self._settings else SearchSpec()
        answerer = given[self.answers]
        if answerer not in {name for _, name in ANSWERS}:
            raise SpecError("answers", answerer, ", ".join(title for title, _ in ANSWERS))
        if not answerer:
            return search, None
        answer = self._settings.answer(given) if self._settings else AnswerSpec()
        return search, replace(answer, answerer=answerer)

    def _whole(self, board: Board) -> dict[Any, Any]:
        """A run that is over: with all that hangs on it."""
        names, metrics = [one.name for one in board.configurations], measure_told.metrics_of(board)
        return {
            self.status: progress_html(board),
            self.rows: table_html(board),
            self.board: board,
            self.body: gr.Column(visible=bool(metrics)),
            self.baseline: gr.Dropdown(choices=names, value=names[0]),
            self.metric: gr.Dropdown(
                choices=[(BY_NAME[one].title, one) for one in metrics], value=metrics[0] if metrics else None
            ),
        }

    def _buttons(self, run: Stoppable | None) -> dict[Any, Any]:
        running = run is not None
        return {
            self.run: run,
            self.go: gr.Button(interactive=not running),
            self.stop: gr.Button(interactive=running),
        }


def _there(board: Board | None) -> Board:
    if not isinstance(board, Board):
        raise ConflictError("There is nothing to save yet: measure first.")
    return board


def _place(text: Any, most: int) -> int | None:
    try:
        place = int(json.loads(text)) if isinstance(text, str) and text else None
    except (ValueError, TypeError):
        return None
    return place if place is not None and 0 <= place < most else None
