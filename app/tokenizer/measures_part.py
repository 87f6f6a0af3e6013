"""*Measures*: what the text costs under each of the tokenizers, and in money if a price is given."""

from typing import Any

import gradio as gr

from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.measures_view import measures_html, no_text_html
from app.tokenizer.parts import Text
from pipelines.tokenization.requests import CompareRequest


def build(services: Services) -> Part:
    table = gr.HTML(no_text_html(), elem_id="tokenizer-measures-table")
    price = gr.Textbox(  # not gr.Number, whose box is never empty: it shows 0
        label="Price per million tokens",
        placeholder="such as 2.50",
        info="Optional, in any currency: adds what this text costs to the table.",
        max_lines=1,
        max_length=20,
        elem_id="tokenizer-price",
        elem_classes="gw-price",
    )

    def show(visitor: Visitor, text: Text, per_million: Any) -> tuple[str]:
        if not text.text or not text.tokenizers:
            return (no_text_html(),)
        asked = CompareRequest(text.text, text.tokenizers, text.add_special_tokens)
        return (measures_html(ask(services, visitor, asked), price_of(per_million)),)

    return Part(outputs=(table,), show=show, inputs=(price,), triggers=(price.change,))


def price_of(typed: Any) -> float | None:
    """A number as it is typed, with a point or a comma for the decimals; None where nothing is. What is no
    number stays as it is, for the measures to refuse.

    >>> price_of(" 2,5 "), price_of("")
    (2.5, None)
    """
    if not isinstance(typed, str):
        return typed
    try:
        return float(typed.strip().replace(",", ".")) if typed.strip() else None
    except ValueError:
        return typed
