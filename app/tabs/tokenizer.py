"""The Tokenizer tab: one text under several tokenizers with the details of one of them, chat templates,
batches, vocabularies, and training.

The parts are modules of their own (``app/tokenizer/*_part.py``); here is what they share, and when they are
shown anew: a part that nobody looks at computes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.errors import shown
from app.links import LINK_JS
from app.opening import when_linked
from app.parts import QUIET, Part
from app.redraw import open_one
from app.services import Services
from app.status_line import status_line
from app.tokenizer import (
    batch_part,
    chat_part,
    compare_part,
    languages_part,
    measures_part,
    roundtrip_part,
    stages_part,
    tokens_part,
    train_part,
    vocabulary_part,
)
from app.tokenizer.parts import Text
from app.tokenizer.picker import tokenizer_picker
from app.tokenizer.text_parts import TextParts
from app.tokenizer.upload import add_upload
from pipelines.tokenization.uploads import MAX_MB

_INTRO = (
    "See how any tokenizers cut the same text, what each stage of them does, and what it costs; then train "
    "one of your own."
)
_DETAILS = (
    ("measures", "Measures", measures_part),
    ("tokens", "Tokens", tokens_part),
    ("stages", "Stages", stages_part),
    ("roundtrip", "Round trip", roundtrip_part),
    ("languages", "Languages", languages_part),
)
_TOOLS = (
    ("chat", "Chat template", chat_part),
    ("batch", "Batch", batch_part),
    ("vocabulary", "Vocabulary", vocabulary_part),
    ("train", "Train", train_part),
)
_LINKED = ("text", "tokenizers", "focus", "add_special_tokens")
_MAX_LINKED = 20_000
_RUNNING = {**QUIET, "concurrency_id": "tokenizers", "trigger_mode": "always_last"}


@dataclass(frozen=True)
class _Shared:
    """The inputs of the text's parts."""

    text: gr.Textbox
    tokenizers: gr.Dropdown
    special: gr.Checkbox
    focus: gr.Dropdown
    go: gr.Button
    link: gr.Button
    upload: gr.UploadButton
    status: gr.HTML

    @property
    def inputs(self) -> list[Any]:
        return [self.text, self.tokenizers, self.focus, self.special]


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>')
    with gr.Tabs(elem_id="tokenizer-tabs", elem_classes="gw-subtabs") as tools:
        with gr.Tab("Text", id="text"):
            _text(services)
        for name, title, module in _TOOLS:
            with gr.Tab(title, id=name, elem_id=f"tokenizer-tool-{name}") as tab:
                _wire_tool(services, tab, module.build(services))
    when_linked(_linked_tool, tools)


def _text(services: Services) -> None:
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(elem_classes="gw-inputs", min_width=280):
            inputs = _inputs(services)
        with gr.Column(elem_classes="gw-result", min_width=280):
            status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
            compare = compare_part.build(services)
            focus = gr.Dropdown(
                [], value=None, label="Details of", elem_id="tokenizer-focus", allow_custom_value=True
            )
            details, tabs = {}, {}
            with gr.Tabs(elem_id="tokenizer-details", elem_classes="gw-subtabs"):
                for name, title, module in _DETAILS:
                    with gr.Tab(title, id=name, elem_id=f"tokenizer-detail-{name}") as tabs[name]:
                        details[name] = module.build(services)
    shared = _Shared(**inputs, focus=focus, status=status)
    _wire_text(services, shared, compare, details, open_one(tabs))


def _inputs(services: Services) -> dict[str, Any]:
    text = gr.Textbox(
        label="Text",
        lines=6,
        max_lines=18,
        placeholder="Type or paste any text, in any language …",
        elem_id="tokenizer-text",
    )
    tokenizers = tokenizer_picker(services, multiselect=True, label="Tokenizers", elem_id="tokenizer-names")
    special = gr.Checkbox(
        False,
        label="Special tokens",
        info="Put BOS, CLS, SEP … around the text, as for the model.",
        elem_id="tokenizer-special",
    )
    go = gr.Button("Tokenize", variant="primary", elem_id="tokenizer-go")
    with gr.Row(elem_classes="gw-toolbar"):
        upload = gr.UploadButton(
            f"Add a tokenizer file (≤ {MAX_MB} MB)",
            size="sm",
            file_count="single",
            elem_id="tokenizer-upload",
        )
        link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
    gr.HTML(
        '<p class="gw-hint">A <code>tokenizer.json</code>, a tiktoken rank file or a SentencePiece '
        "<code>.model</code>.</p>"
    )
    return {
        "text": text, "tokenizers": tokenizers, "special": special, "go": go, "link": link, "upload": upload,
    }  # fmt: skip


def _wire_text(
    services: Services, shared: _Shared, compare: Part, details: dict[str, Part], opened: gr.Textbox
) -> None:
    parts, drawn = TextParts(services, compare, details), gr.State({})
    inputs = [opened, drawn, *shared.inputs, *parts.parts.inputs]
    outputs = [shared.status, drawn, shared.focus, *parts.parts.outputs]
    # One event for all: of two answers that are under way the later question's is shown. `change` rather than
    # `input`: an example and a link count like a hand.
    changed = [shared.text.change, shared.tokenizers.change, shared.special.change, shared.go.click]
    triggers = [trigger for part in details.values() for trigger in part.triggers]
    gr.on([*changed, shared.focus.input, opened.change, *triggers], parts.draw, inputs, outputs, **_RUNNING)
    _wire_actions(services, shared, compare)


def _wire_actions(services: Services, shared: _Shared, compare: Part) -> None:
    linked = [shared.text, shared.tokenizers, shared.focus, shared.special]
    shared.link.click(None, linked, js=LINK_JS.format(tab="tokenizer", names=list(_LINKED)))
    when_linked(_restore, linked)
    for example in compare.examples:
        example(_example, None, shared.text, queue=False, **QUIET)

    @shown
    def upload(request: gr.Request, file: str | None, names: list[str]) -> Any:
        visitor = services.identity.visitor(request)
        return add_upload(services, visitor, file, names)

    shared.upload.upload(upload, [shared.upload, shared.tokenizers], shared.tokenizers, **QUIET)


def _wire_tool(services: Services, tab: gr.Tab, part: Part) -> None:
    def refresh(request: gr.Request, *values: Any) -> Sequence[Any]:
        return part.show(services.identity.visitor(request), _NOTHING, *values)

    if part.outputs:
        triggers = [tab.select, *part.triggers]
        gr.on(triggers, shown(refresh), list(part.inputs), list(part.outputs), **_RUNNING)


_NOTHING = Text("", (), "", False)


def _example(event: gr.EventData) -> str:
    return str(event.value)[:_MAX_LINKED]


def _linked_tool(request: gr.Request) -> Any:
    """The sub-tab that a link asks for."""
    query = dict(request.query_params)
    wanted = query.get("part") if query.get("tab") == "tokenizer" else None
    return gr.Tabs(selected=wanted) if wanted in {name for name, *_ in _TOOLS} else gr.skip()


def _restore(request: gr.Request) -> list[Any]:
    """The tab's inputs from a link to it."""
    query = dict(request.query_params)
    if query.get("tab") != "tokenizer" or sum(map(len, query.values())) > _MAX_LINKED:
        return [gr.skip() for _ in _LINKED]
    names = [name for name in query.get("tokenizers", "").split(",") if name]
    return [
        query.get("text", gr.skip()),
        names or gr.skip(),
        gr.skip(),
        query["add_special_tokens"] == "true" if "add_special_tokens" in query else gr.skip(),
    ]
