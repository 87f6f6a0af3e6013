"""The aligned view of the text: its frame from a comparison, its lines a window at a time as one scrolls."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.errors import message_of
from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.compare_view import (
    empty_html,
    error_json,
    lanes_html,
    no_tokenizer_html,
    window_json,
)
from app.tokenizer.held import HeldText, HeldTexts
from app.tokenizer.parts import Text
from app.tokenizer.tokenized import tokenized
from pipelines.core.errors import SpecError
from pipelines.tokenization.requests import CompareRequest, WindowRequest

_JS = """
const lanes = new glassworks.Lanes(element, server);
lanes.adopt();
watch('value', () => lanes.adopt());
element.addEventListener('click', (event) => {
  const example = event.target.closest('button[data-text]');
  if (example) trigger('select', { value: example.dataset.text });
});
"""


def build(services: Services) -> Part:
    held = HeldTexts()
    view = gr.HTML(
        empty_html(),
        elem_id="tokenizer-lanes",
        js_on_load=_JS,
        server_functions=_server_functions(services, held),
    )

    def show(visitor: Visitor, text: Text) -> tuple[str]:
        if not text.text:
            return (empty_html(),)
        if not text.tokenizers:
            return (no_tokenizer_html(),)
        asked = CompareRequest(text.text, text.tokenizers, text.add_special_tokens)
        comparison = ask(services, visitor, asked)
        handle = held.keep(visitor.id, text.text, text.tokenizers, text.add_special_tokens)
        return (lanes_html(comparison, handle, text.text),)

    return Part(outputs=(view,), show=show, examples=(view.select,))


def window_request(held: HeldText, data: Any) -> WindowRequest:
    """What the browser asks for, as a request; raises SpecError for what is none."""
    if not isinstance(data, dict):
        raise SpecError("window", data, "an object with handle, width, first and lines")
    return WindowRequest(
        held.text,
        held.tokenizers,
        held.add_special_tokens,
        *(data.get(name) for name in ("width", "first", "lines")),
    )


def _server_functions(services: Services, held: HeldTexts) -> list[Callable[..., str]]:
    """What the page's script may ask, each with the handle of a text; answers are JSON, faults ``{error}``:
    they are shown in place."""

    def answered(data: Any, request: gr.Request, answer: Callable[[Visitor, HeldText], str]) -> str:
        try:
            visitor = services.identity.visitor(gr.Request(request))
            handle = data.get("handle") if isinstance(data, dict) else None
            return answer(visitor, held.get(visitor.id, handle))
        except Exception as error:
            return error_json(message_of(error))

    def lanes_window(data: Any, request: gr.Request) -> str:
        """``{handle, width, first, lines}`` → some lines with their tokens."""

        def answer(visitor: Visitor, text: HeldText) -> str:
            return window_json(ask(services, visitor, window_request(text, data)))

        return answered(data, request, answer)

    def lanes_all(data: Any, request: gr.Request) -> str:
        """``{handle}`` → every token of the text under every tokenizer, to be saved."""

        def answer(visitor: Visitor, text: HeldText) -> str:
            found = tokenized(services, visitor, text.text, text.tokenizers, text.add_special_tokens)
            return json.dumps({"text": text.text, **found}, ensure_ascii=False)

        return answered(data, request, answer)

    return [lanes_window, lanes_all]
