"""The part *Summary*: what every head does in numbers, how the residual stream grows, and how well the model
expected each token. All of it comes from the capture that is there already."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.heads_part import subject_of
from app.attention.heads_view import error_json
from app.attention.parts import Seen
from app.attention.summary_code import summary_code
from app.attention.summary_data import measures_csv, summary_data
from app.attention.summary_view import empty_html, heads_html, streams_html, text_html
from app.errors import message_of
from app.figures.streams import HEIGHT, streams_figure
from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.sources import loadable, source_of
from pipelines.attention.requests import CaptureRequest
from pipelines.core.errors import SpecError

_JS = """
const summary = new glassworks.AttentionSummary(element, server);
summary.adopt();
watch('value', () => summary.adopt());
"""
_TEXT_JS = """
const text = new glassworks.AttentionText(element);
text.adopt();
watch('value', () => text.adopt());
"""
_FILES = ("json", "csv")


def build(services: Services) -> Part:
    heads = gr.HTML(
        empty_html(),
        elem_id="attention-summary",
        js_on_load=_JS,
        server_functions=[_file_function(services)],
    )
    above = gr.HTML(visible=False)
    plot = gr.Plot(
        visible=False,
        show_label=False,
        container=False,
        elem_id="attention-streams",
        elem_classes=["gw-plot", f"gw-sum-h{HEIGHT}"],
    )
    text = gr.HTML(elem_id="attention-surprise", js_on_load=_TEXT_JS, visible=False)

    def show(visitor: Visitor, seen: Seen | None) -> tuple[Any, ...]:
        if seen is None:
            return empty_html(), *(gr.update(visible=False) for _ in range(3))
        subject, captured = seen.subject, seen.captured
        code = summary_code(source_of(services, visitor, subject.model), captured.kind, subject)
        code = loadable(services, visitor, code, subject.model)
        return (
            heads_html(subject, captured),
            gr.update(value=streams_html(), visible=True),
            gr.update(value=streams_figure(captured.streams), visible=True),
            gr.update(value=text_html(subject, captured, code), visible=True),
        )

    return Part(outputs=(heads, above, plot, text), show=show)


def _file_function(services: Services) -> Callable[..., str]:
    def attention_summary_file(data: Any, request: gr.Request) -> str:
        """``{subject, kind}`` → ``{file}``: the measures as a ``json`` or ``csv`` text; a fault as
        ``{error}``: it is shown in place."""
        try:
            subject = subject_of(data)
            if data.get("kind") not in _FILES:
                raise SpecError("kind", data.get("kind"), f"one of {', '.join(_FILES)}")
            visitor = services.identity.visitor(gr.Request(request))
            captured = ask(services, visitor, CaptureRequest(subject))
            if data["kind"] == "csv":
                return json.dumps({"file": measures_csv(captured)})
            return json.dumps({"file": json.dumps(summary_data(subject, captured), ensure_ascii=False)})
        except Exception as error:
            return error_json(message_of(error))

    return attention_summary_file
