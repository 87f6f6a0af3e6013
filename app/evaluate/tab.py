"""The tab as a whole: tasks put to models, what came of it for all models, and two parts that need no job."""

from typing import Any

import gradio as gr

from app.evaluate.board_part import LEADERBOARD, BoardPart, wish_of
from app.evaluate.language_part import LanguagePart
from app.evaluate.metrics_part import MetricsPart
from app.evaluate.run_part import TAB, RunPart
from app.opening import when_linked
from app.parts import PICKED
from app.services import Services

_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
BENCHMARKS, LANGUAGE, METRICS = "benchmarks", "language", "metrics"
_LEAD = (
    "How good is a model? The field's benchmarks in its own numbers, every item behind them, and whether one "
    "model is better or only luckier."
)
_VIEWS = [
    ("Benchmarks", BENCHMARKS),
    ("Leaderboard", LEADERBOARD),
    ("Language modelling", LANGUAGE),
    ("Metrics", METRICS),
]


class Evaluate:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        with gr.Column(elem_classes="gw-eval"):
            self.view = gr.Radio(
                _VIEWS, value=BENCHMARKS, label="What is shown", show_label=False, container=False,
                interactive=True, elem_id="eval-view", elem_classes="gw-tune-view",
            )  # fmt: skip
            with gr.Column(elem_classes="gw-eval-view gw-eval-benchmarks"):
                self.run = RunPart(services)
            with gr.Column(elem_classes="gw-eval-view gw-eval-leaderboard"):
                self.board = BoardPart(services)
            with gr.Column(elem_classes="gw-eval-view gw-eval-language"):
                self.language = LanguagePart(services)
            with gr.Column(elem_classes="gw-eval-view gw-eval-metrics"):
                self.metrics = MetricsPart(services)

    def wire(self) -> None:
        self.run.wire()
        self.board.wire(self.view)
        self.language.wire()
        self.metrics.wire()
        self.run.found.select(self._looked, None, [self.view, self.board.wanted], queue=False, **PICKED)
        when_linked(self._linked, self.view)

    def _looked(self, event: gr.EventData) -> Any:
        """A result of the run, where its items are."""
        wish = wish_of(event)
        return (LEADERBOARD, wish) if wish else (gr.skip(), gr.skip())

    def _linked(self, request: gr.Request) -> Any:
        """A link may name the view; what it shows is for its own part to open."""
        query = dict(request.query_params)
        known = query.get("tab") == TAB and query.get("view") in [name for _, name in _VIEWS]
        return query["view"] if known else gr.skip()
