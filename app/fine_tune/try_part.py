"""Try a model that has a task: one of the house, or what was tuned here. A text, for questions also what
holds the answer, and what the model makes of it; above it the base's answer, where that can do the task too.
"""

from typing import Any

import gradio as gr

from app.api.predict import predicted
from app.errors import message_of
from app.fine_tune.prediction_view import prediction_html
from app.model_picker import able, caption, model_picker
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.jobs.service import JobStatus
from pipelines.prediction.requests import MAX_CONTEXT_CHARS, MAX_TEXT_CHARS

_FILLS = "masked-lm"
_EXAMPLES = {  # what a model can do → how its text is called, and one to begin with
    "sequence-classification": ("Text", "A warm, funny film that never loses its way."),
    "token-classification": ("Text", "Paul McCartney flew from London to New York on Friday."),
    "question-answering": ("Question", "Where did the fox sleep?"),
    _FILLS: ("Text with gaps", "The little [MASK] barked at the cat."),
}
_ABLE = tuple(_EXAMPLES)
_CONTEXT = "The fox ran over the hill, and in the evening it slept under the old oak. The hare was awake."
_HEAD = (
    '<h3>Try a tuned encoder</h3><p class="gw-muted">Those of the house, and what was tuned here: nothing '
    "need be trained first.</p>"
)
_OF_RUN = '<h3 data-of-run>Try it</h3><p class="gw-muted">What this run has made, or another.</p>'


class TryPart:
    """Laid out in the present place of the page. The style sheet shows it beside a run where its head says
    that it is of that run."""

    def __init__(self, services: Services):
        self._services = services
        label, example, asks = _asked(next(iter(able(services, _ABLE)), None))
        with gr.Column(elem_classes="gw-tune-try"):
            self.head = gr.HTML(_HEAD)
            self.model = model_picker(services, _ABLE)
            self.text = gr.Textbox(
                example, label=label, lines=2, max_lines=8, max_length=MAX_TEXT_CHARS, elem_id="tune-try-text"
            )
            self.context = gr.Textbox(
                _CONTEXT if asks else "",
                label="Text that holds the answer",
                lines=3,
                max_lines=12,
                max_length=MAX_CONTEXT_CHARS,
                visible=asks,
                elem_id="tune-try-context",
            )
            with gr.Row(elem_classes="gw-controls"):
                self.go = gr.Button("Try it", size="sm", elem_id="tune-try", min_width=110)
            self.answer = gr.HTML(elem_id="tune-try-answer")

    @property
    def outputs(self) -> list[Any]:
        return [self.head, self.model, self.text, self.context, self.answer]

    def wire(self) -> None:
        turned = [self.text, self.context, self.answer]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        self.model.input(self.turned, [self.model, self.text], turned, queue=False, **quiet)
        asked = [self.model, self.text, self.context]
        self.go.click(self.tried, asked, self.answer, concurrency_id="generation", **quiet)
        self.text.submit(self.tried, asked, self.answer, concurrency_id="generation", **quiet)

    def shown(self, status: JobStatus | None) -> dict[Any, Any]:
        """The model of that run with an example, where it has a task; else nothing but the head."""
        entries = able(self._services, _ABLE) if status and status.artifact else []
        if not any(entry.name == status.artifact for entry in entries):
            return {self.head: _HEAD}
        choices = [(caption(entry), entry.name) for entry in entries]
        return {
            self.head: _OF_RUN,
            self.model: gr.Dropdown(choices=choices, value=status.artifact),
            **self.turned(status.artifact, ""),
        }

    def turned(self, model: str, text: str) -> dict[Any, Any]:
        """What another model asks for. Words of the visitor's own stay; a model that is not here yet may ask
        for either."""
        entry = self._entry(model)
        label, example, asks = _asked(entry)
        standing = (text or "").strip() in ("", *(one for _, one in _EXAMPLES.values()))
        return {
            self.text: gr.Textbox(label=label, **({"value": example} if standing and example else {})),
            self.context: gr.Textbox(visible=asks, value=_CONTEXT if asks and example else ""),
            self.answer: "",
        }

    def tried(self, model: str, text: str, context: str, request: gr.Request) -> str:
        """What the model makes of it, under what its base does, or why nothing."""
        try:
            visitor = self._services.identity.visitor(request)
            base = self._base_of(model)
            asked = [("Base", base), ("Tuned", model)] if base else [("", model or "")]
            told = [predicted(self._services, visitor, name, text or "", context or "") for _, name in asked]
            heads = [f"<h4>{title}</h4>" if title else "" for title, _ in asked]
            return "".join(
                head + prediction_html(one, context) for head, one in zip(heads, told, strict=True)
            )
        except Exception as error:
            return error_html(message_of(error))

    def _entry(self, model: str) -> Any:
        return next((entry for entry in able(self._services, _ABLE) if entry.name == model), None)

    def _base_of(self, model: str) -> str:
        """The base of a model that fills gaps, where it can do that as well; else empty."""
        entry = self._entry(model)
        if entry is None or _FILLS not in entry.capabilities:
            return ""
        base = entry.adapter_of or str(entry.lineage.get("parent") or "")
        return base if any(one.name == base for one in able(self._services, _FILLS)) else ""


def _asked(entry: Any) -> tuple[str, str, bool]:
    """How the text is called, an example of one, and whether a second text is asked for."""
    if entry is None:
        return "Text", "", True
    able_to = next(one for one in _EXAMPLES if one in entry.capabilities)
    return *_EXAMPLES[able_to], able_to == "question-answering"
