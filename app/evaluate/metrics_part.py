"""A playground of text metrics: predictions and references in, every figure with what it is made of out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.evaluate.metrics_board import STOPPED, Asked, Board, as_json, asked_of, measuring
from app.evaluate.metrics_example import FIRST, REFERENCES, SECOND
from app.evaluate.metrics_pair_view import pair_html
from app.evaluate.metrics_script import script_of
from app.evaluate.metrics_view import HINT, PAGE, board_html, explained_html, pairs_html, progress_html
from app.forms import form, to_values
from app.model_picker import model_picker
from app.parts import PICKED
from app.picking import pick_js
from app.python_code import code_html
from app.services import Services
from app.signal import signal
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError
from pipelines.evaluation.metrics.requests import BOOTSTRAP, MOST_CHARS_IN_ALL, RANDOMISATION
from pipelines.evaluation.metrics.specs import KINDS, MINILM, MetricSettings

_CHOSEN = ("bleu", "chrf", "ter", "rougeL", "meteor", "f1")
_TESTS = [("Approximate randomisation", RANDOMISATION), ("Paired bootstrap", BOOTSTRAP)]
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "queue": False, "trigger_mode": "always_last"}
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'metrics.json')"
_LEAD = (
    '<p class="gw-muted">What does a score see? The same texts by several metrics, with every count behind '
    "each figure, and whether a second system is better than the first or only luckier.</p>"
)


class MetricsPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.board, self.run = gr.State(None), gr.State(None)
        self.place = signal()
        gr.HTML(_LEAD)
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs"):
                self._inputs()
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result"):
                self._results()

    def _inputs(self) -> None:
        most = {"max_lines": 12, "max_length": MOST_CHARS_IN_ALL}
        self.references = gr.Textbox(
            REFERENCES, label="References", lines=5, elem_id="metrics-references", **most,
            info="One a line; several that would be right with ||| between.",
        )  # fmt: skip
        self.predictions = gr.Textbox(
            FIRST, label="Predictions", lines=5, elem_id="metrics-predictions", **most,
            info="One a line, in the references' order.",
        )  # fmt: skip
        self.against = gr.Textbox(
            SECOND, label="A second system", lines=3, elem_id="metrics-against", **most,
            info="Its predictions, to be compared with the first; or nothing.",
        )  # fmt: skip
        self.metrics = gr.CheckboxGroup(
            [(kind.title, name) for name, kind in KINDS.items()], value=list(_CHOSEN), label="Metrics",
            elem_id="metrics-metrics",
        )  # fmt: skip
        with gr.Row(elem_classes="gw-actions"):
            self.go = gr.Button("Measure", variant="primary", scale=2, min_width=120, elem_id="metrics-go")
            self.stop = gr.Button("Stop", interactive=False, scale=1, min_width=80, elem_id="metrics-stop")
        with gr.Accordion("Settings", open=False, elem_classes="gw-more", elem_id="metrics-settings"):
            self.test = gr.Radio(
                _TESTS, value=RANDOMISATION, label="Test of two systems", elem_id="metrics-test"
            )
            self.samples = gr.Slider(
                100, 10_000, value=1000, step=100, label="Samples", buttons=[], elem_id="metrics-samples",
                info="How often is drawn for the test.",
            )  # fmt: skip
            self.knobs = form(MetricSettings(), lambda name, _: name != "model", "metrics")
            self.encoder = model_picker(self._services, ("encoder", "masked-lm"), "Encoder of BERTScore")

    def _results(self) -> None:
        self.status = gr.HTML(
            status_line("idle", "Ready"), elem_classes="gw-status-box", elem_id="metrics-status"
        )
        self.rows = gr.HTML(HINT, elem_id="metrics-board", js_on_load=pick_js("metric", "pair", "page"))
        self.whole = gr.HTML(elem_id="metrics-whole")
        self.pairs = gr.HTML(elem_id="metrics-pairs", js_on_load=pick_js("metric", "pair", "page"))
        self.pair = gr.HTML(elem_id="metrics-pair")
        with gr.Column(visible=False) as self.more:
            with gr.Row(elem_classes="gw-toolbar"):
                self.save = gr.Button("All figures .json", size="sm", elem_id="metrics-json")
            with gr.Accordion(
                "The same in Python", open=False, elem_classes="gw-more", elem_id="metrics-code"
            ):
                self.code = gr.HTML()
        self.text = gr.Textbox("", visible=False)

    # Wiring.

    def wire(self) -> None:
        asked = {self.predictions, self.references, self.against, self.metrics, self.test, self.samples}
        asked |= {*self.knobs.values(), self.encoder}
        drawn = [self.status, self.rows, self.board, self.run, self.go, self.stop, self.place]
        drawn += [self.whole, self.pairs, self.pair, self.more, self.code]
        self.go.click(self._measured, asked, drawn, trigger_mode="once", concurrency_id="metric", **_QUIET)
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, queue=False, **_QUIET)
        shown_in = [self.rows, self.whole, self.pairs, self.pair]
        self.place.change(self._shown, [self.board, self.place], shown_in, **_LIVE)
        for listed in (self.rows, self.pairs):
            listed.select(self._picked, self.place, self.place, queue=False, **PICKED)
        saved = self.save.click(shown(self._json), self.board, self.text, queue=False, **_QUIET)
        saved.success(None, self.text, None, js=_SAVE_JS)

    # Callbacks: each is public.

    def _measured(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Update after update; whatever goes wrong ends as the status line's error state."""
        try:
            asked = self._asked(given)
            run = Stoppable(measuring(self._services, self._services.identity.visitor(request), asked))
            yield from self._followed(run)
        except Exception as error:  # what stood there stays
            yield {self.status: status_line("failed", message_of(error)), **self._buttons(None)}

    def _followed(self, run: Stoppable) -> Iterator[dict[Any, Any]]:
        board, more = None, self._buttons(run)
        for board in run.events():
            yield {self.status: progress_html(board), self.rows: board_html(board, ""), **more}
            more = {}
        if board is None:
            return
        if board.state != "done":
            board = replace(board, state=STOPPED)
        yield {**self._whole(board), **self._buttons(None)}

    def _shown(self, board: Board | None, place: str) -> Any:
        """What hangs on the metric, the pair and the page that are chosen."""
        if not isinstance(board, Board):
            return [gr.skip()] * 4
        return list(_drawn(board, _read(place)))

    def _picked(self, place: str, event: gr.EventData) -> Any:
        told = getattr(event, "_data", None) or {}
        named = {name: str(told[name])[:40] for name in ("metric", "pair", "page") if name in told}
        if "page" in named:
            named["pair"] = ""
        return json.dumps({**_read(place), **named}) if named else gr.skip()

    def _json(self, board: Board | None) -> str:
        if not isinstance(board, Board):
            raise ConflictError("There is nothing to save yet: measure first.")
        return json.dumps(as_json(board), ensure_ascii=False, indent=1)

    # What is asked, and what is shown.

    def _asked(self, given: dict[Any, Any]) -> Asked:
        values = to_values(MetricSettings(), {name: given[one] for name, one in self.knobs.items()})
        settings = MetricSettings(**values, model=given[self.encoder] or MINILM)
        return asked_of(
            given[self.predictions], given[self.references], given[self.against], given[self.metrics],
            settings=settings, test=given[self.test], samples=given[self.samples],
        )  # fmt: skip

    def _whole(self, board: Board) -> dict[Any, Any]:
        first = board.found[0].metric if board.found else ""
        place = {"metric": first, "pair": "0"}
        rows, whole, pairs, pair = _drawn(board, place)
        return {
            self.status: progress_html(board),
            self.board: board,
            self.place: json.dumps(place),
            self.rows: rows,
            self.whole: whole,
            self.pairs: pairs,
            self.pair: pair,
            self.more: gr.Column(visible=bool(board.found)),
            self.code: code_html(script_of(board)),
        }

    def _buttons(self, run: Stoppable | None) -> dict[Any, Any]:
        running = run is not None
        return {
            self.run: run,
            self.go: gr.Button(interactive=not running),
            self.stop: gr.Button(interactive=running),
        }


def _drawn(board: Board, place: dict[str, str]) -> tuple[str, str, str, str]:
    """All metrics, the chosen one, its pairs, and the chosen pair."""
    found = board.named(place.get("metric"))
    if found is None:
        return board_html(board, ""), "", "", ""
    opened = _number(place.get("pair"), -1)
    page = _number(place.get("page"), max(0, opened) // PAGE)
    return (
        board_html(board, found.metric),
        explained_html(found),
        pairs_html(board, found, page, opened),
        pair_html(found, opened),
    )


def _read(place: object) -> dict[str, str]:
    """Anyone may have written it."""
    try:
        told = json.loads(place) if isinstance(place, str) and place else {}
    except ValueError:
        return {}
    return {name: str(told[name]) for name in told} if isinstance(told, dict) else {}


def _number(text: object, other: int) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 9 else other
