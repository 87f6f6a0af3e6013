"""All results that a visitor may see: the leaderboard, one result whole, two compared, their items, and how a
run came to its figures.
"""

import time
from typing import Any

import gradio as gr

from app.choosers import chooser, put
from app.errors import message_of
from app.evaluate import board_view as view
from app.evaluate.board_files import FilesPart
from app.evaluate.compare_view import HINT as COMPARE_HINT
from app.evaluate.compare_view import compared_html
from app.evaluate.curve_part import CurvePart
from app.evaluate.figures_view import HINT, result_html
from app.evaluate.items_part import ItemsPart
from app.evaluate.seen import seen_board, seen_result
from app.evaluate.words import result_words
from app.opening import when_linked, when_opened
from app.parts import PICKED
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.evaluation.results.board import Board
from pipelines.evaluation.results.keys import is_key
from pipelines.evaluation.results.records import Result

LEADERBOARD = "leaderboard"
_BARE = {"apply_default_css": False}
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last"}
_TABLE_JS = (
    "const table = new glassworks.LabTable(element); table.adopt(); watch('value', () => table.adopt()); "
    "glassworks.evaluate.pick(element, trigger, 'eval-result'); // 'select'"
)
_LEADING = ("Each task's own", view.LEADING)


class BoardPart:
    """Laid out in the present place of the page; drawn when it is looked at. ``first`` and ``second`` are the
    keys of the results that are looked at: write to ``wanted`` to have another one opened."""

    def __init__(self, services: Services):
        self._services = services
        self.nudge, self.wanted = signal(), signal()
        with gr.Row(elem_classes="gw-found-choose"):
            self.tasks = gr.Dropdown(
                [], multiselect=True, label="Tasks", info="None chosen: all of them.",
                elem_id="eval-board-tasks", min_width=200,
            )  # fmt: skip
            self.metric = gr.Dropdown(
                [_LEADING], value=view.LEADING, label="Metric", filterable=False, elem_id="eval-board-metric",
                info="What a column shows.", min_width=160,
            )  # fmt: skip
        self.table = gr.HTML(view.EMPTY, elem_id="eval-board", js_on_load=_TABLE_JS)
        with gr.Column(
            elem_classes="gw-found-results", elem_id="eval-results"
        ):  # hidden below an empty table
            self._details(services)

    def _details(self, services: Services) -> None:
        with gr.Row(elem_classes="gw-found-choose", elem_id="eval-result"):
            self.first = gr.Dropdown([], label="Result", elem_id="eval-first", min_width=220)
            self.second = gr.Dropdown([], label="Compared with", elem_id="eval-second", min_width=220)
        self.whole = gr.HTML(
            HINT, elem_id="eval-whole", js_on_load="glassworks.evaluate.keep(element, watch);"
        )
        self.compared = gr.HTML(COMPARE_HINT, elem_id="eval-compared")
        self.items = ItemsPart(services, self.first, self.second)
        self.files = FilesPart(services, self.first)
        gr.HTML("<h3>Over training</h3>")
        self.curve = CurvePart(services)

    def wire(self, shown: gr.Radio) -> None:
        """``shown`` holds the name of the view that is looked at."""
        self._view = shown
        known = [shown, self.tasks, self.metric, self.first]
        drawn = [self.table, self.tasks, self.metric]
        events = [shown.change, self.nudge.change, self.tasks.input, self.metric.input, self.first.change]
        gr.on(events, self._drawn, known, drawn, **_LIVE)
        choosing = [shown.change, self.nudge.change, self.wanted.change]
        told = [shown, self.wanted, self.first, self.curve.run]
        gr.on(choosing, self._chosen, told, [self.first, self.curve.run], **_LIVE)
        self.table.select(self._picked, None, self.wanted, queue=False, **PICKED)
        self.first.change(self._opened, [self.first, self.second], [self.whole, self.second], **_LIVE)
        both = [self.first.change, self.second.change]
        gr.on(both, self._compared, [self.first, self.second], self.compared, **_LIVE)
        self.items.wire()
        self.curve.wire()
        self.files.wire()
        when_opened(lambda: str(time.monotonic_ns()), None, self.nudge)
        when_linked(self._linked, self.wanted)

    # Callbacks: each is public, and asks on its own which results this visitor may see.

    def _drawn(self, shown: str, tasks: Any, metric: Any, first: str, request: gr.Request) -> Any:
        if shown != LEADERBOARD:
            return gr.skip()
        try:
            board = seen_board(self._services, request)
        except Exception as error:
            return {self.table: error_html(message_of(error))}
        names, metrics = list(dict.fromkeys(one.task for one in board.columns)), view.metrics_of(board)
        wanted = [one for one in tasks or () if one in names]
        by = metric if metric in metrics else view.LEADING
        titles = {one.task: f"{one.title} · {one.task}" for one in board.columns}
        return {
            self.table: view.board_html(board, wanted, by, str(first or "")),
            self.tasks: chooser([(titles[name], name) for name in names], list(tasks or ())),
            self.metric: chooser([_LEADING, *metrics], metric, view.LEADING),
        }

    def _chosen(
        self, shown: str, wanted: str, first: str | None, run: str | None, request: gr.Request
    ) -> Any:
        """What is asked for is opened where it can be seen; else what is open stays while it is there."""
        if shown != LEADERBOARD:
            return gr.skip()
        try:
            board = seen_board(self._services, request)
        except Exception:
            return gr.skip()
        results = view.results_of(board)
        keys = [one.key for one in results]
        key = next((one for one in (wanted.partition(" ")[0], first) if one in keys), None)
        offered = [(result_words(one), one.key) for one in results]
        return gr.update(choices=offered, **put(first, key)), self.curve.offered(results, run)

    def _opened(self, first: str | None, second: str | None, request: gr.Request) -> Any:
        """The result, and what it can be compared with."""
        if not first:
            return HINT, gr.Dropdown(choices=[], value=None)
        try:
            result = seen_result(self._services, first, request)
            others = comparable(seen_board(self._services, request), result)
        except Exception as error:
            return error_html(message_of(error)), gr.Dropdown(choices=[], value=None)
        return result_html(result), chooser([(result_words(one), one.key) for one in others], second or None)

    def _compared(self, first: str | None, second: str | None, request: gr.Request) -> str:
        if not first or not second:
            return COMPARE_HINT
        try:
            for key in (first, second):
                seen_result(self._services, key, request)
            return compared_html(self._services.evaluation.compare(first, second))
        except Exception as error:
            return error_html(message_of(error))

    def _picked(self, event: gr.EventData) -> Any:
        return wish_of(event) or gr.skip()

    def _linked(self, request: gr.Request) -> Any:
        return _wish(dict(request.query_params).get("result")) or gr.skip()


def wish_of(event: gr.EventData) -> str:
    """What a figure in a table asks for, for :attr:`BoardPart.wanted`; empty for what else was sent."""
    return _wish((getattr(event, "_data", None) or {}).get("item"))


def _wish(key: object) -> str:
    """To open the same result twice is two wishes."""
    return f"{key} {time.monotonic_ns()}" if is_key(key) else ""


def comparable(board: Board, result: Result) -> list[Result]:
    """Others of the same task; those that were put in the same way first."""
    task = result.task.partition("/")[0]
    found = [
        one
        for one in view.results_of(board)
        if one.key != result.key and one.kind == result.kind and one.task.partition("/")[0] == task
    ]
    return sorted(found, key=lambda one: (one.setup != result.setup, one.task != result.task))
