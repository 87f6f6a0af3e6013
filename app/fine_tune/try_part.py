"""Try a tuned encoder: a text, for questions also what holds the answer, and what the model makes of it;
above it the base's answer, where the base can do the task already.
"""

from typing import Any

import gradio as gr

from app.api.predict import predicted
from app.errors import message_of
from app.fine_tune.prediction_view import prediction_html
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.prediction.requests import MAX_CONTEXT_CHARS, MAX_TEXT_CHARS

_TEXT = {
    "classify": ("Text", "It was a joy from the first page to the last."),
    "tag": ("Text", "Ada Lovelace met Charles Babbage in London."),
    "answer": ("Question", "Where did the fox sleep?"),
    "fill": ("Text with gaps", "The little [MASK] barked at the cat."),
}
_CONTEXT = "The fox ran over the hill, and in the evening it slept under the old oak."


class TryPart:
    """Laid out in the present place of the page. ``model`` is what is asked, and ``base`` too, unless it is
    empty."""

    def __init__(self, services: Services):
        self._services = services
        self.model, self.base = gr.State(""), gr.State("")
        with gr.Column(visible=False, elem_classes="gw-tune-try") as self.column:
            gr.HTML("<h3>Try it</h3>")
            self.text = gr.Textbox(
                label="Text", lines=3, max_lines=8, max_length=MAX_TEXT_CHARS, elem_id="tune-try-text"
            )
            self.context = gr.Textbox(
                label="Text that holds the answer",
                lines=4,
                max_lines=12,
                max_length=MAX_CONTEXT_CHARS,
                elem_id="tune-try-context",
            )
            self.go = gr.Button("Try it", size="sm", elem_id="tune-try", min_width=110)
            self.answer = gr.HTML(elem_id="tune-try-answer")

    @property
    def outputs(self) -> list[Any]:
        return [self.model, self.base, self.column, self.text, self.context, self.answer]

    def wire(self) -> None:
        asked = [self.model, self.text, self.context, self.base]
        quiet = {"show_progress": "hidden", "api_visibility": "private", "concurrency_id": "generation"}
        self.go.click(self.tried, asked, self.answer, **quiet)

    def shown(self, task: str, model: str, base: str = "") -> dict[Any, Any]:
        """The panel for a model of that task, an example in it; hidden for one that writes."""
        if task not in _TEXT:
            hidden = {self.column: gr.Column(visible=False), self.answer: ""}
            return {self.model: "", self.base: "", **hidden}
        label, example = _TEXT[task]
        asks = task == "answer"
        return {
            self.model: model,
            self.base: base if task == "fill" and self._fills(base) else "",
            self.column: gr.Column(visible=True),
            self.text: gr.Textbox(label=label, value=example),
            self.context: gr.Textbox(visible=asks, value=_CONTEXT if asks else ""),
            self.answer: "",
        }

    def tried(self, model: str, text: str, context: str, request: gr.Request, base: str = "") -> str:
        """What the model makes of it, under what the base does, or why nothing."""
        try:
            visitor = self._services.identity.visitor(request)
            asked = [("Base", base), ("Tuned", model)] if base else [("", model)]
            told = (predicted(self._services, visitor, name, text or "", context or "") for _, name in asked)
            drawn = [prediction_html(one, context) for one in told]
            heads = [f"<h4>{title}</h4>" if title else "" for title, _ in asked]
            return "".join(head + one for head, one in zip(heads, drawn, strict=True))
        except Exception as error:
            return error_html(message_of(error))

    def _fills(self, base: str) -> bool:
        try:
            return bool(base) and "masked-lm" in self._services.models.get(base).capabilities
        except GlassworksError:
            return False
