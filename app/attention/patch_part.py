"""Activation patching, below the interventions: two prompts, and where the difference between them sits."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.parts import Seen
from app.attention.patch_view import nothing_html, patched_html
from app.errors import message_of
from app.identity import Visitor
from app.parts import QUIET, Part
from app.services import Services
from app.status_line import status_line
from pipelines.attention.requests import PATCHED, PatchRequest
from pipelines.core.errors import GlassworksError

# With the house model the answer is She, against He: the word sits at its own token in the lower layers and
# has moved to the last token above.
CLEAN = "One day, a girl went to the park."
CORRUPTED = "One day, a boy went to the park."
_WHAT = {"residual": "Residual stream", "attention": "Attention's output", "mlp": "MLP's output"}
_GO = "Patch every place"
_SAVE_JS = """() => glassworks.saveData(
  document.querySelector('#attention-patched .gw-data')?.dataset.json, 'patched.json')"""


def build(services: Services) -> Part:
    model = gr.State("")
    with gr.Accordion(
        "Patch activations between two prompts", open=False, visible=False, elem_classes="gw-more",
        elem_id="attention-patch",
    ) as fold:  # fmt: skip
        with gr.Row(elem_classes="gw-board-sampling"):
            clean = gr.Textbox(
                CLEAN, label="Clean prompt", info="Its answer is to come back.", lines=2,
                elem_id="attention-clean", min_width=230,
            )  # fmt: skip
            corrupted = gr.Textbox(
                CORRUPTED, label="Corrupted prompt", info="The same number of tokens.", lines=2,
                elem_id="attention-corrupted", min_width=230,
            )  # fmt: skip
        with gr.Row(elem_classes="gw-board-sampling"):
            answer = gr.Textbox(
                label="Answer", info="One token; empty: the clean prompt's likeliest.",
                elem_id="attention-answer", min_width=170,
            )  # fmt: skip
            other = gr.Textbox(
                label="Against", info="One token; empty: the corrupted prompt's.",
                elem_id="attention-other", min_width=170,
            )  # fmt: skip
        what = gr.Radio(
            [(_WHAT[name], name) for name in PATCHED], value=PATCHED[0], label="What is taken over",
            elem_id="attention-what",
        )  # fmt: skip
        go = gr.Button(_GO, elem_id="attention-patch-go")
        view = gr.HTML(nothing_html(), elem_id="attention-patched")
        with gr.Row(elem_classes="gw-toolbar"):
            save = gr.Button("Download .json", size="sm", min_width=96, scale=0)
    save.click(None, js=_SAVE_JS)

    def patch(request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any]]:
        yield gr.Button("Patching …", interactive=False), gr.skip()
        yield gr.Button(_GO, interactive=True), patched(services, request, *values)

    go.click(patch, [model, clean, corrupted, answer, other, what], [go, view], **QUIET)

    def show(_visitor: Visitor, seen: Seen | None) -> tuple[Any, ...]:
        """Of a model that continues text; what came of another model's prompts goes."""
        if seen is None or seen.captured.kind != "causal-lm":
            return "", gr.Accordion(visible=False), nothing_html()
        return seen.subject.model, gr.Accordion(visible=True), nothing_html()

    return Part(outputs=(model, fold, view), show=show)


def patched(services: Services, request: gr.Request, model: Any, *values: Any) -> str:
    """The map as HTML; a fault as the sentence that says it."""
    try:
        visitor = services.identity.visitor(request)
        if not model:
            raise GlassworksError("Look at a text first: its model is the one that is patched.")
        return patched_html(ask(services, visitor, PatchRequest(model, *values)))
    except Exception as error:
        return status_line("failed", message_of(error))
