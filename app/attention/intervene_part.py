"""*Intervene*: switch heads, sub-layers or what a token may see off, and see what becomes of the prediction,
the loss and a sample; below it, patching between two prompts.

What is chosen lives on the page, in the board, and is sent with the button and with the subject that the
board is of. It is checked here as if it came from anywhere.
"""

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.attention import patch_part
from app.attention.asking import ask
from app.attention.heads_part import subject_of
from app.attention.intervene_code import intervene_code
from app.attention.intervene_view import board_html, nothing_html, outcome_html, silent_html
from app.attention.parts import Seen
from app.errors import message_of
from app.identity import Visitor
from app.parts import QUIET, Part
from app.services import Services
from app.sources import loadable, source_of
from app.status_line import status_line
from app.tokenizer.chips import hint_html
from pipelines.attention.interventions import Intervention, interventions_of
from pipelines.attention.requests import CaptureRequest, InterveneRequest, Subject
from pipelines.core.errors import GlassworksError, SpecError

_MOST_CHARS = 1_000_000  # of what a page sends: a long text and many interventions
_TOP = 8  # likeliest tokens of either run
_WRITERS = ("causal-lm", "seq2seq-lm")
_JS = """
const board = new glassworks.Board(element);
board.adopt();
watch('value', () => board.adopt());
"""
_CHOSEN_JS = "(_, ...rest) => [glassworks.Board.chosenOn('#attention-board'), ...rest]"
_SAVE_JS = """() => glassworks.saveData(
  document.querySelector('#attention-outcome .gw-data')?.dataset.json, 'intervention.json')"""
_NOTHING_YET = "Switch something off, then press Compare: the text is run twice, before and after."
_NOTHING_CHOSEN = "Nothing is switched off yet: press a head, a layer or a token above, then Compare."
_GO = "Compare"


def build(services: Services) -> Part:
    subject = gr.State(None)  # what the board is of
    board = gr.HTML(nothing_html(), elem_id="attention-board", js_on_load=_JS)
    with gr.Column(visible=False, elem_classes="gw-board-tools") as tools:
        with gr.Row(elem_classes="gw-board-sampling") as sampling:
            tokens = gr.Slider(
                0, 60, value=20, step=1, label="Let both write on", info="Tokens, with the same noise.",
                buttons=[], elem_id="attention-sample-tokens", min_width=220,
            )  # fmt: skip
            temperature = gr.Slider(
                0, 2, value=0, step=0.1, label="Temperature", info="0 takes the likeliest token.", buttons=[],
                elem_id="attention-sample-temperature", min_width=220,
            )  # fmt: skip
            seed = gr.Number(
                0, label="Seed", info="Of the noise.", precision=0, elem_id="attention-sample-seed",
                min_width=110,
            )  # fmt: skip
        chosen = gr.Textbox(visible=False)
        go = gr.Button(_GO, variant="primary", elem_id="attention-intervene-go")
        outcome = gr.HTML(hint_html(_NOTHING_YET), elem_id="attention-outcome")
        with gr.Row(elem_classes="gw-toolbar"):
            save = gr.Button("Download .json", size="sm", min_width=96, scale=0)
    save.click(None, js=_SAVE_JS)

    def compare(request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any]]:
        yield gr.Button("Comparing …", interactive=False), gr.skip()
        yield gr.Button(_GO, interactive=True), compared(services, request, *values)

    given = [chosen, tokens, temperature, seed]
    go.click(compare, given, [go, outcome], js=_CHOSEN_JS, **QUIET)
    patch = patch_part.build(services)

    def show(_visitor: Visitor, seen: Seen | None, before: Any) -> tuple[Any, ...]:
        if seen and seen.subject == before:  # another part was looked at meanwhile: what was chosen stays
            return (gr.skip(),) * (5 + len(patch.outputs))
        fresh = hint_html(_NOTHING_YET)
        kind = seen.captured.kind if seen else ""
        if not seen or kind == "encoder":
            hidden = gr.Column(visible=False), gr.Row(visible=False)
            why = silent_html() if seen else nothing_html()
            return why, *hidden, seen.subject if seen else None, fresh, *patch.show(_visitor, None)
        shown = gr.Column(visible=True), gr.Row(visible=kind in _WRITERS)
        return (
            board_html(seen.subject, seen.captured),
            *shown,
            seen.subject,
            fresh,
            *patch.show(_visitor, seen),
        )

    outputs = (board, tools, sampling, subject, outcome, *patch.outputs)
    return Part(outputs=outputs, show=show, inputs=(subject,))


def asked_for(given: Any) -> tuple[Subject, tuple[Intervention, ...]]:
    """What the board sends: ``{subject, interventions}`` as JSON. Raises SpecError for what is none."""
    try:
        found = json.loads(given) if isinstance(given, str) and len(given) <= _MOST_CHARS else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SpecError("interventions", given, "an object with subject and interventions")
    return subject_of(found), interventions_of(found.get("interventions"))


def compared(
    services: Services, request: gr.Request, given: Any, tokens: Any, temperature: Any, seed: Any
) -> str:
    """The outcome as HTML; a fault as the sentence that says it."""
    try:
        visitor = services.identity.visitor(request)
        if not given:
            raise GlassworksError("Look at a text first.")
        subject, changes = asked_for(given)
        if not changes:
            return hint_html(_NOTHING_CHOSEN)
        asked = InterveneRequest(subject, changes, _whole(tokens), temperature, _whole(seed or 0), _TOP)
        captured = ask(services, visitor, CaptureRequest(subject))
        found = ask(services, visitor, asked)
        source = source_of(services, visitor, subject.model)
        code = intervene_code(source, captured.kind, subject, changes)
        code = loadable(services, visitor, code, subject.model)
        return outcome_html(found, captured, changes, code)
    except Exception as error:
        return status_line("failed", message_of(error))


def _whole(value: Any) -> Any:
    """A slider's 20.0 as 20; all else as it is, for the request to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
