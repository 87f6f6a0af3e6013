"""A model as one more annotator: which one, by what constitution, and how far it is."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr

from app.errors import message_of
from app.model_picker import model_picker
from app.preferences.judge_asking import MAX_CONSTITUTION, judging
from app.services import Services
from app.signal import signal
from app.status_line import status_line
from app.tokenizer.chips import count_of
from pipelines.core.errors import ConflictError
from pipelines.preferences.judging import CONSTITUTION

_WORKING = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 2}
_WORDS = (
    '<p class="gw-muted">Every pair is asked twice, with the answers in either order; where the two '
    "disagree it is a tie. Its votes are marked as a model’s, and count only where no person has voted. A "
    "small model is a poor judge: see how far it agrees with people.</p>"
)
_GAP = 1.0  # seconds between two updates of the page


class JudgePart:
    """Laid out in the present place of the page. ``over`` changes when votes have come."""

    def __init__(self, services: Services):
        self._services, self.over = services, signal()
        with gr.Accordion(
            "Have a model judge", open=False, elem_classes="gw-more gw-pref-judge", elem_id="pref-judge"
        ):
            gr.HTML(_WORDS)
            self.model = model_picker(services, "chat", "Judge")
            self.constitution = gr.Textbox(
                CONSTITUTION, label="Constitution", info="What is better, in plain words.", lines=4,
                max_length=MAX_CONSTITUTION, elem_id="pref-constitution",
            )  # fmt: skip
            with gr.Row(elem_classes="gw-toolbar"):
                self.go = gr.Button("Judge the pairs", size="sm", min_width=140, elem_id="pref-judge-go")
                self.stop = gr.Button("Stop", size="sm", min_width=70, elem_id="pref-judge-stop")
            self.status = gr.HTML(elem_classes="gw-status-box", elem_id="pref-judged")

    def wire(self, round: Any) -> None:
        given = [round, self.model, self.constitution]
        judges = self.go.click(self._judged, given, [self.status, self.over], **_WORKING)
        stopped = status_line("stopped", "Stopped: what it has judged is kept")
        self.stop.click(
            lambda: (stopped, str(time.time())), None, [self.status, self.over],
            cancels=[judges], show_progress="hidden", api_visibility="private",
        )  # fmt: skip
        round.change(lambda: "", None, self.status, queue=False, api_visibility="private")

    def _judged(
        self, name: str, model: str | None, constitution: str, request: gr.Request
    ) -> Iterator[tuple[Any, Any]]:
        visitor = self._services.identity.visitor(request)
        yield status_line("loading", "The judge is reading"), gr.skip()
        try:
            found = self._services.preferences.round(name or "", visitor.id)
            if found.owner != visitor.id:
                raise ConflictError("Only the owner of this round has it judged.")
            done, silent, shown = 0, 0, 0.0
            asked = judging(self._services, visitor, found, model or "", constitution or "")
            with closing(asked) as moments:
                for moment in moments:
                    done, silent, total = moment
                    if time.monotonic() - shown > _GAP:
                        shown = time.monotonic()
                        yield status_line("writing", "Judging", [f"{done:,} of {total:,} pairs"]), gr.skip()
        except Exception as error:
            yield status_line("failed", message_of(error)), gr.skip()
            return
        told = [count_of(done, "pair"), *([f"{silent:,} without a verdict"] if silent else [])]
        yield status_line("done", "Judged", told), str(time.time())
