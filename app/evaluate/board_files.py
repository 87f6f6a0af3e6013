"""Results as files: the leaderboard as a table, a result as lm-evaluation-harness writes one."""

import csv
import io
import math
from typing import Any

import gradio as gr

from app.compare.export import inert
from app.errors import shown
from app.evaluate.board_view import results_of
from app.evaluate.seen import seen_board, seen_result
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.evaluation.results.board import Board

_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_SAVE_JS = "(text) => text && glassworks.saveData(text, '{name}')"
_HEADS = (
    "model",
    "task",
    "title",
    "metric",
    "value",
    "stderr",
    "items",
    "num_fewshot",
    "chat",
    "seed",
    "whole",
)


class FilesPart:
    """Laid out in the present place of the page. ``first`` holds the key of the open result."""

    def __init__(self, services: Services, first: gr.Dropdown):
        self._services, self._first = services, first
        with gr.Row(elem_classes="gw-toolbar"):
            self.csv = gr.Button("Leaderboard .csv", size="sm", elem_id="eval-csv")
            self.json = gr.Button("Result .json (lm-eval)", size="sm", elem_id="eval-json")
            self.samples = gr.Button("Samples .jsonl (lm-eval)", size="sm", elem_id="eval-samples")
        self.text = gr.Textbox("", visible=False)

    def wire(self) -> None:
        for button, make, name in (
            (self.csv, self._board, "leaderboard.csv"),
            (self.json, self._result, "results.json"),
            (self.samples, self._samples, "samples.jsonl"),
        ):
            saved = button.click(shown(make), self._first, self.text, **_QUIET)
            saved.success(None, self.text, None, js=_SAVE_JS.format(name=name))

    # Callbacks: each is public, and asks on its own which results this visitor may see.

    def _board(self, _first: Any, request: gr.Request) -> str:
        return board_csv(seen_board(self._services, request))

    def _result(self, first: str | None, request: gr.Request) -> str:
        return self._of(first, ".json", request)

    def _samples(self, first: str | None, request: gr.Request) -> str:
        return self._of(first, ".jsonl", request)

    def _of(self, first: str | None, ending: str, request: gr.Request) -> str:
        """Of a task with parts there is a file of samples each: here they stand one after the other."""
        if not first:
            raise ConflictError("Choose a result first: it is the one that is saved.")
        key = seen_result(self._services, first, request).key
        files = [one for one in self._services.evaluation.export([key]) if one.name.endswith(ending)]
        if not files:
            raise ConflictError("This result keeps no items, so there are no samples.")
        return "".join(one.text for one in files)


def board_csv(board: Board) -> str:
    """A row a model, task and metric."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADS)
    for one in results_of(board):
        settings = [one.settings.get(name, "") for name in ("num_fewshot", "chat", "seed")]
        for figure in one.figures:
            told = [inert(one.model), inert(one.task), inert(one.title), figure.metric]
            values = ["" if math.isnan(value) else repr(value) for value in (figure.value, figure.stderr)]
            writer.writerow([*told, *values, figure.count, *settings, int(one.whole)])
    return out.getvalue()
