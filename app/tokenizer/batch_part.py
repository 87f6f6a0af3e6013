"""Batch: several texts as the rows that a model gets, with what is padding, what was cut, and what a chunk
repeats.
"""

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.edits import edits
from app.errors import shown
from app.forms import form, to_values
from app.identity import Visitor
from app.parts import QUIET, Part
from app.python_code import code_html
from app.services import Services
from app.status_line import status_line
from app.tokenizer import batch_view as view
from app.tokenizer.asking import ask
from app.tokenizer.batch_inputs import CUTS, EXAMPLE, LINES, batch_request
from app.tokenizer.parts import Text
from app.tokenizer.picker import tokenizer_picker
from app.tokenizer.tools_code import batch_code, tokenizer_source
from pipelines.core.errors import GlassworksError
from pipelines.tokenization.batch_spec import Batch, BatchSpec
from pipelines.tokenization.requests import BatchRequest

_MAIN = ("padding", "truncation", "max_length", "stride", "add_special_tokens")
_SMALL = {"size": "sm", "min_width": 96, "scale": 0}
_SAVE_JS = "(text) => glassworks.saveData(text, 'batch.json')"


@dataclass(frozen=True)
class _Now:
    """What stands on the page, for the download."""

    request: BatchRequest | None = None
    batch: Batch | None = None


def build(services: Services) -> Part:
    return BatchPart(services).part()


class BatchPart:
    """Components, callbacks and wiring."""

    def __init__(self, services: Services):
        self._services, self._start = services, BatchSpec()
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(elem_classes="gw-inputs", min_width=280):
                self._inputs()
            with gr.Column(elem_classes="gw-result", min_width=280):
                self._results()
        self.now, self.carried = gr.State(_Now()), gr.Textbox(visible=False)

    def _inputs(self) -> None:
        self.tokenizer = tokenizer_picker(self._services, elem_id="batch-tokenizer")
        self.texts = gr.Textbox(
            EXAMPLE, label="Texts", lines=5, max_lines=14, elem_id="batch-texts",
            info="Each becomes a row, or several where it is cut. Empty lines are no texts.",
        )  # fmt: skip
        self.cut = gr.Radio(CUTS, value=LINES, label="What is a text", elem_id="batch-cut")
        with gr.Accordion("Second texts (pairs)", open=False, elem_classes="gw-more"):
            self.pairs = gr.Textbox(
                label="Second texts", lines=3, max_lines=14, elem_id="batch-pairs",
                info="One for each text, as for a question and its passage; empty for none.",
            )  # fmt: skip
        self.fields = form(self._start, lambda name, _: name in _MAIN)
        with gr.Accordion("Sides", open=False, elem_classes="gw-more"):
            self.fields |= form(self._start, lambda name, _: name not in _MAIN)
        for name, field in self.fields.items():
            field.elem_id = f"batch-{name.replace('_', '-')}"

    def _results(self) -> None:
        self.status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
        self.shown = gr.CheckboxGroup(
            [*view.SHOWN], value=[view.TOKENS, "input_ids"], label="In each cell", elem_id="batch-shown"
        )
        self.view = gr.HTML(
            view.batch_hint_html("Choose a tokenizer to see the rows that it makes of these texts."),
            elem_id="batch-view",
        )
        with gr.Row(elem_classes="gw-toolbar"):
            self.save = gr.Button("Download .json", **_SMALL)
        with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
            self.code = gr.HTML(code_html(""))

    def part(self) -> Part:
        asked = [self.texts, self.cut, self.pairs, *self.fields.values(), self.shown]
        told = self.save.click(shown(_data), self.now, self.carried, **QUIET)
        told.success(None, self.carried, None, js=_SAVE_JS)
        outputs = [self.status, self.view, self.code, self.now]
        triggers = [self.tokenizer.change, *map(edits, asked)]
        return Part(outputs, self.show, [self.tokenizer, *asked], triggers)

    def show(self, visitor: Visitor, _text: Text | None, tokenizer: str, *values: Any) -> list[Any]:
        """One update for each output; what is refused stands in the part's own status line."""
        if not tokenizer:
            return [status_line("idle", "Choose a tokenizer"), gr.skip(), gr.skip(), gr.skip()]
        try:
            return self._drawn(visitor, tokenizer, *values)
        except GlassworksError as error:
            return [status_line("failed", str(error)), gr.skip(), gr.skip(), gr.skip()]

    def _drawn(
        self, visitor: Visitor, tokenizer: str, texts: str, cut: str, pairs: str, *values: Any
    ) -> list[Any]:
        *given, cells = values
        named = to_values(self._start, dict(zip(self.fields, given, strict=True)))
        request = batch_request(tokenizer, texts, pairs, cut, named)
        batch = ask(self._services, visitor, request)
        source = tokenizer_source(self._services, visitor, tokenizer)
        code = batch_code(source, request.texts, request.pairs, BatchSpec(**request.spec))
        return [
            view.batch_status_html(batch, len(request.texts)),
            view.batch_html(batch, cells or ()),
            code_html(code),
            _Now(request, batch),
        ]


def _data(now: _Now) -> str:
    if not (now and now.batch):
        raise GlassworksError("There is nothing to save yet.")
    return json.dumps(view.as_data(now.request.tokenizer, now.request.spec, now.batch))
