"""*Languages*: how the chosen tokenizers do on the same paragraph in fifteen languages."""

from typing import Any

import gradio as gr

from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.languages_view import MEASURES, languages_html, no_tokenizer_html
from app.tokenizer.parts import Text
from pipelines.tokenization.requests import LanguagesRequest, check_names


def build(services: Services) -> Part:
    choices = [(measure.label, name) for name, measure in MEASURES.items()]
    measure = gr.Radio(
        choices, value=choices[0][1], label="Measure", show_label=False, elem_id="tokenizer-language-measure"
    )
    table = gr.HTML(no_tokenizer_html(), elem_id="tokenizer-languages-table")

    def show(visitor: Visitor, text: Text, chosen: Any) -> tuple[str]:
        if not text.tokenizers:
            return (no_tokenizer_html(),)
        check_names(text.tokenizers)
        rows = [ask(services, visitor, LanguagesRequest(name)).rows for name in text.tokenizers]
        return (languages_html(text.tokenizers, rows, chosen if isinstance(chosen, str) else ""),)

    return Part(outputs=(table,), show=show, inputs=(measure,), triggers=(measure.change,))
