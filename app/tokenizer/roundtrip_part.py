"""*Round trip*: whether the text comes back the same from being encoded and decoded, and what does not."""

import gradio as gr

from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.parts import Text
from app.tokenizer.roundtrip_view import no_text_html, no_tokenizer_html, roundtrip_html
from pipelines.tokenization.requests import RoundTripRequest


def build(services: Services) -> Part:
    report = gr.HTML(no_tokenizer_html(), elem_id="tokenizer-trip")

    def show(visitor: Visitor, text: Text) -> tuple[str]:
        if not text.focus:
            return (no_tokenizer_html(),)
        if not text.text:
            return (no_text_html(),)
        trip = ask(services, visitor, RoundTripRequest(text.text, text.focus))
        return (roundtrip_html(text.text, trip),)

    return Part(outputs=(report,), show=show)
