"""The part *The same in Python*: one column of a comparison in plain transformers."""

from typing import Any

import gradio as gr

from app.decoding.code import decoding_code
from app.decoding.compared import Compared
from app.identity import Visitor
from app.parts import Part
from app.python_code import code_html
from app.services import Services
from app.sources import loadable, source_of
from pipelines.generation.comparing import DecodeRequest


def build(services: Services) -> Part:
    column = gr.Dropdown(
        [], label="Strategy", visible=False, filterable=False, elem_id="decoding-code-column"
    )
    code = gr.HTML(code_html(""), elem_id="decoding-code")

    def show(visitor: Visitor, compared: Compared | None, chosen: Any) -> tuple[Any, str]:
        if compared is None:
            return gr.Dropdown([], visible=False), code_html("")
        request = compared.request
        at = chosen if isinstance(chosen, int) and 0 <= chosen < len(request.strategies) else 0
        models = (request.model, *request.strategies[at].models)
        names = [source_of(services, visitor, name) for name in models]
        listed = gr.Dropdown(_titles(request), value=at, visible=True)
        code = loadable(services, visitor, decoding_code(request, at, *names), *models)
        return listed, code_html(code)

    return Part(outputs=(column, code), show=show, inputs=(column,), triggers=(column.input,))


def _titles(request: DecodeRequest) -> list[tuple[str, int]]:
    return [(f"{at + 1}: {one.kind.title}", at) for at, one in enumerate(request.strategies)]
