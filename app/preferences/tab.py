"""The tab as a whole: a round on the left; beside it the pairs to vote on, what came of the votes, the
training on them, and the whole loop.
"""

from typing import Any

import gradio as gr

from app.kept import keep, kept
from app.opening import when_linked, when_opened
from app.preferences.collect_part import CollectPart
from app.preferences.loop_part import LOOP, LoopPart
from app.preferences.results_part import RESULTS, ResultsPart
from app.preferences.rounds_part import RoundsPart
from app.preferences.train_part import TRAIN, TrainPart
from app.preferences.words import TAB
from app.services import Services

COLLECT = "collect"
_LEAD = (
    "Say which of two answers is better, without knowing whose they are; train on what was preferred, and "
    "vote again to see whether it worked."
)
_VIEWS = [("Collect", COLLECT), ("Results", RESULTS), ("Train", TRAIN), ("Loop", LOOP)]


class Preferences:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        self._services = services
        self.kept = kept("glassworks-preferences")
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs gw-pref-form"):
                self.rounds = RoundsPart(services)
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result gw-pref-result"):
                self.view = gr.Radio(
                    _VIEWS, value=COLLECT, label="What is shown", show_label=False, container=False,
                    interactive=True, elem_id="pref-view", elem_classes="gw-tune-view",
                )  # fmt: skip
                self._views(services)

    def _views(self, services: Services) -> None:
        with gr.Column(elem_classes="gw-pref-view gw-pref-collect"):
            self.collect = CollectPart(services)
        with gr.Column(elem_classes="gw-pref-view gw-pref-results"):
            self.results = ResultsPart(services)
        with gr.Column(elem_classes="gw-pref-view gw-pref-train"):
            self.train = TrainPart(services, self.rounds, self.view)
        with gr.Column(elem_classes="gw-pref-view gw-pref-loop"):
            self.loop = LoopPart(services)

    def wire(self) -> None:
        rounds, view = self.rounds, self.view
        # First, since the page hears a change's events in this order: what is seen as chosen is remembered.
        keep(self.kept, [rounds.round.change], [rounds.round], "(round) => ({ round })")
        rounds.wire()
        self.collect.wire(rounds.round, rounds.revised)
        self.results.wire(rounds.round, view)
        self.train.wire()
        self.loop.wire(rounds.round, view)
        when_opened(rounds.opened, [rounds.round, self.kept], [rounds.choose, rounds.offered])
        when_linked(self._linked, view)

    def _linked(self, request: gr.Request) -> Any:
        """A link may also name the view; the round is for its own part to open."""
        query = dict(request.query_params)
        known = query.get("tab") == TAB and query.get("view") in [name for _, name in _VIEWS]
        return query["view"] if known else gr.skip()
