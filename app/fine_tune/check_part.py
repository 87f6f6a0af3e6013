"""What it will learn from: the check before launch with its mends, and sample rows as tokens."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.errors import message_of
from app.fine_tune.checking import check_events
from app.fine_tune.findings_view import checked_html, hint_html
from app.fine_tune.mask_view import STEP_JS, masked_html
from app.job_panel.offers import MEND_JS
from app.services import Services
from app.status_line import status_line
from pipelines.training.checks.requests import BLOCKS, Checked, Checking

BEFORE = "before"  # the check's place among those beside the form
_WORKING = status_line("loading", "Checking the rows")


class CheckPart:
    """Laid out in the present place of the page. ``view`` chooses what is seen beside the form: a check
    brings its own place into view."""

    def __init__(self, services: Services, view: gr.Radio):
        self._services, self._view = services, view
        with gr.Row(elem_classes="gw-tune-heading"):
            gr.HTML("<h3>What it will learn from</h3>")
            self.go = gr.Button("Check the data", size="sm", elem_id="tune-check", min_width=130, scale=0)
        self.status = gr.HTML(elem_classes="gw-status-box")
        self.findings = gr.HTML(hint_html(), elem_id="tune-findings", js_on_load=MEND_JS)
        self.tokens = gr.HTML("", elem_id="tune-tokens", js_on_load=STEP_JS)

    @property
    def outputs(self) -> list[Any]:
        return [self.status, self.findings, self.tokens, self._view]

    def cleared(self) -> dict[Any, Any]:
        """For data or a model that was not looked at yet."""
        return {self.status: "", self.findings: hint_html(), self.tokens: ""}

    def shown(self, spec: Any, request: gr.Request) -> Iterator[tuple[dict[Any, Any], Checked | None]]:
        """The updates as the check goes on, the last with what it has found. What cannot be checked is a
        status line, and no more comes. Raises nothing."""
        yield {self.status: _WORKING, self._view: BEFORE}, None
        try:
            for event in check_events(self._services, spec, request):
                if isinstance(event, Checking):
                    yield {self.status: _progress(event)}, None
                else:
                    yield self._whole(event), event
        except Exception as error:
            yield {**self.cleared(), self.status: status_line("failed", message_of(error))}, None

    def _whole(self, checked: Checked) -> dict[Any, Any]:
        return {
            self.status: _verdict(checked),
            self.findings: checked_html(checked),
            self.tokens: masked_html(checked.preview),
        }


def _progress(event: Checking) -> str:
    return status_line("loading", "Checking the rows", [f"{event.done:,} of {event.total:,}"])


def _verdict(checked: Checked) -> str:
    blocking = sum(finding.level == BLOCKS for finding in checked.findings)
    rest = len(checked.findings) - blocking
    if blocking:
        what = "1 finding stops" if blocking == 1 else f"{blocking} findings stop"
        return status_line("failed", f"{what} the start. Mend it below, or bring other rows.")
    notes = {0: "nothing found", 1: "1 thing to look at"}.get(rest, f"{rest} things to look at")
    return status_line("done", "Checked: it can start", [notes])
