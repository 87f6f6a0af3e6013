"""Try a model that has a task already, such as those of the house: by name, with no run of one's own."""

from typing import Any

import gradio as gr

from app.api.predict import predicted
from app.errors import message_of
from app.fine_tune.prediction_view import prediction_html
from app.model_picker import able, model_picker
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.prediction.requests import MAX_CONTEXT_CHARS, MAX_TEXT_CHARS

_LEAD = "Those of the house, and what was tuned here: nothing need be trained first."
_EXAMPLES = {  # what a model can do → how its text is called, and one to begin with
    "sequence-classification": ("Text", "A warm, funny film that never loses its way."),
    "token-classification": ("Text", "Paul McCartney flew from London to New York on Friday."),
    "question-answering": ("Question", "Where did the fox sleep?"),
    "masked-lm": ("Text with gaps", "The little [MASK] barked at the cat."),
}
_CONTEXT = "The fox ran over the hill, and in the evening it slept under the old oak. The hare was awake."


class HousePart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        first = next(iter(able(services, tuple(_EXAMPLES))), None)
        label, example, asks = _asked(first)
        with gr.Column(elem_classes="gw-tune-try"):
            gr.HTML(f'<h3>Try a tuned encoder</h3><p class="gw-muted">{_LEAD}</p>')
            self.model = model_picker(services, tuple(_EXAMPLES))
            self.text = gr.Textbox(
                example,
                label=label,
                lines=2,
                max_lines=8,
                max_length=MAX_TEXT_CHARS,
                elem_id="house-try-text",
            )
            self.context = gr.Textbox(
                _CONTEXT if asks else "",
                label="Text that holds the answer",
                lines=3,
                max_lines=12,
                max_length=MAX_CONTEXT_CHARS,
                visible=asks,
                elem_id="house-try-context",
            )
            self.go = gr.Button("Try it", size="sm", elem_id="house-try", min_width=110)
            self.answer = gr.HTML(elem_id="house-try-answer")

    def wire(self) -> None:
        turned = [self.text, self.context, self.answer]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        self.model.input(self.turned, [self.model, self.text], turned, queue=False, **quiet)
        asked = [self.model, self.text, self.context]
        self.go.click(self.tried, asked, self.answer, concurrency_id="generation", **quiet)
        self.text.submit(self.tried, asked, self.answer, concurrency_id="generation", **quiet)

    def turned(self, model: str, text: str) -> dict[Any, Any]:
        """What another model asks for. Words of the visitor's own stay; a model that is not here yet may ask
        for either."""
        entry = next((e for e in able(self._services, tuple(_EXAMPLES)) if e.name == model), None)
        label, example, asks = _asked(entry)
        standing = (text or "").strip() in ("", *(one for _, one in _EXAMPLES.values()))
        return {
            self.text: gr.Textbox(label=label, **({"value": example} if standing and example else {})),
            self.context: gr.Textbox(visible=asks, value=_CONTEXT if asks and example else ""),
            self.answer: "",
        }

    def tried(self, model: str, text: str, context: str, request: gr.Request) -> str:
        """What the model makes of it, or why nothing."""
        try:
            visitor = self._services.identity.visitor(request)
            told = predicted(self._services, visitor, model or "", text or "", context or "")
            return prediction_html(told, context)
        except Exception as error:
            return error_html(message_of(error))


def _asked(entry: Any) -> tuple[str, str, bool]:
    """How the text is called, an example of one, and whether a second text is asked for."""
    if entry is None:
        return "Text", "", True
    able_to = next(one for one in _EXAMPLES if one in entry.capabilities)
    return *_EXAMPLES[able_to], able_to == "question-answering"
