"""Fill-mask: a text with gaps goes in, and for each gap the words that could stand there come out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.filling import Moment, as_json, filling_request, follow
from app.filling_beside import beside, beside_html, refused_html
from app.filling_code import filling_code
from app.filling_view import (
    empty_html,
    guesses_html,
    paper_html,
    status_html,
    whole_html,
    whole_status_html,
)
from app.identity import Visitor
from app.links import LINK_JS, restored
from app.model_picker import able, model_picker
from app.opening import when_linked, when_opened
from app.parts import PICKED
from app.python_code import code_html
from app.redraw import Redraw
from app.services import Services
from app.sources import loadable, source_of
from pipelines.core.fields import knobs
from pipelines.generation.fill_mask_requests import KINDS, FillMaskRequest, FillMaskSpec
from pipelines.models.marks import MASKS

_INTRO = "See what a model that reads both sides of a gap would put there, and how sure it is of each word."
_HINT = "Mark each gap with <|mask|>; [MASK] and <mask> work too."
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}

# A click on an example becomes a `select` event that carries its text, one on a guess its gap and its place.
_EXAMPLE_JS = """
element.addEventListener('click', (event) => {
  const example = event.target.closest('button[data-text]');
  if (example) trigger('select', { value: example.dataset.text });
});
"""
_GUESS_JS = """
element.addEventListener('click', (event) => {
  const guess = event.target.closest('button[data-gap]');
  if (guess) trigger('select', { value: [Number(guess.dataset.gap), Number(guess.dataset.filling)] });
});
"""
# Puts a gap where the cursor is, or in the place of the words that are selected.
_GAP_JS = """() => {
  const box = document.querySelector('#fill-mask-input textarea');
  box.setRangeText('<|mask|>', box.selectionStart, box.selectionEnd, 'end');
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.focus();
}"""
_SAVE_JS = """() => glassworks.saveData(
  document.querySelector('#fill-mask-data')?.dataset.json, 'fill-mask.json')"""


@dataclass(frozen=True)
class _Shown:
    """What stands on the page: a request, its answer, and so what a click on a guess means."""

    asked: FillMaskRequest
    moment: Moment


@dataclass(frozen=True)
class _Parts:
    """The tab's components, by role."""

    model: gr.Dropdown
    text: gr.Textbox
    top_k: gr.Slider
    gap: gr.Button
    go: gr.Button
    status: gr.HTML
    paper: gr.HTML
    guesses: gr.HTML
    actions: dict[str, gr.Button]
    code: gr.HTML
    shown: gr.State
    other: gr.Dropdown
    beside: gr.HTML

    @property
    def inputs(self) -> list[Any]:
        return [self.model, self.text, self.top_k]

    @property
    def outputs(self) -> list[Any]:
        return [self.paper, self.guesses, self.status, self.code, self.go, self.shown]


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>')
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(elem_classes="gw-inputs", min_width=280):
            inputs = _inputs(services)
        with gr.Column(elem_classes="gw-result", min_width=280):
            parts = _Parts(**inputs, **_results(services))
    _wire(services, parts)


def _inputs(services: Services) -> dict[str, Any]:
    knob = knobs(FillMaskSpec)["top_k"]
    model = model_picker(services, KINDS)
    text = gr.Textbox(
        label="Text with gaps",
        info=_HINT,
        lines=4,
        max_lines=14,
        placeholder="The little <|mask|> barked at the cat.",
        elem_id="fill-mask-input",
    )
    gap = gr.Button("Insert a gap", size="sm", elem_id="fill-mask-gap", min_width=120)
    other = model_picker(services, label="Beside it, reading from the left")
    top_k = gr.Slider(
        knob.low,
        knob.high,
        value=FillMaskSpec.top_k,
        step=knob.step,
        label=knob.label,
        info=knob.help,
        buttons=[],
        elem_id="fill-mask-top-k",
    )
    go = gr.Button("Fill in", variant="primary", elem_id="fill-mask-go")
    return {"model": model, "text": text, "other": other, "top_k": top_k, "gap": gap, "go": go}


def _results(services: Services) -> dict[str, Any]:
    status = gr.HTML(status_html(None), elem_classes="gw-status-box")
    paper = gr.HTML(
        empty_html(bool(able(services, KINDS))), elem_id="fill-mask-paper", js_on_load=_EXAMPLE_JS
    )
    guesses = gr.HTML("", elem_id="fill-mask-guesses", js_on_load=_GUESS_JS)
    beside = gr.HTML("", elem_id="fill-mask-beside")
    with gr.Row(elem_classes="gw-toolbar"):
        actions = {
            name: gr.Button(label, size="sm", min_width=96, scale=0)
            for name, label in (("save", "Download .json"), ("link", "Copy link"))
        }
    with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
        code = gr.HTML(code_html(""))
    return {
        "status": status,
        "paper": paper,
        "guesses": guesses,
        "actions": actions,
        "code": code,
        "shown": gr.State(None),
        "beside": beside,
    }


def _wire(services: Services, parts: _Parts) -> None:
    @shown
    def fill(request: gr.Request, *values: Any) -> Iterator[Any]:
        yield from _stream(services, request, *values)

    @shown
    def go_on(request: gr.Request, *values: Any) -> Iterator[Any]:
        """After a guess was put in: the gaps that are left, or the whole text."""
        if MASKS.search(values[1]):
            yield from _stream(services, request, *values)
        else:
            yield whole_html(values[1]), "", whole_status_html(), gr.skip(), gr.skip(), None

    def refresh(now: _Shown | None) -> Any:
        """The empty state, anew: a model that can do this may have come meanwhile."""
        return gr.skip() if now else gr.HTML(empty_html(bool(able(services, KINDS))))

    def read_left(request: gr.Request, now: _Shown | None, other: str) -> str:
        return _beside(services, services.identity.visitor(request), now, other)

    running = {**_QUIET, "concurrency_id": "generation"}
    redraw = Redraw()  # of what is read beside
    filled = [parts.go.click(fill, parts.inputs, parts.outputs, **running)]
    example = parts.paper.select(_example, None, parts.text, queue=False, **_QUIET)
    filled.append(example.then(fill, parts.inputs, parts.outputs, **running))
    chosen = parts.guesses.select(_chosen, [parts.shown, parts.text], parts.text, queue=False, **PICKED)
    filled.append(chosen.then(go_on, parts.inputs, parts.outputs, **running))
    for event in filled:
        redraw.after(event.then)
    beside = [parts.shown, parts.other], parts.beside, parts.other.input
    redraw.wire(read_left, *beside, concurrency_id="generation")
    when_opened(refresh, parts.shown, parts.paper)
    _wire_actions(parts)


def _wire_actions(parts: _Parts) -> None:
    names = ["model", "text", "top_k"]

    def restore(request: gr.Request) -> list[Any]:
        return restored(request, "fill-mask", names, FillMaskSpec)

    when_linked(restore, parts.inputs)
    parts.gap.click(None, js=_GAP_JS)
    parts.actions["save"].click(None, js=_SAVE_JS)
    parts.actions["link"].click(None, parts.inputs, js=LINK_JS.format(tab="fill-mask", names=names))


def _example(event: gr.EventData) -> str:
    return str(event.value)[:500]


def _chosen(now: _Shown | None, text: str, event: gr.EventData) -> str:
    """The text that was answered, with the clicked guess in its gap; ``text`` if there is no such guess."""
    try:
        gap = now.moment.filled.gaps[int(event.value[0])]
        return gap.filled(now.moment.text, gap.fillings[int(event.value[1])])
    except (AttributeError, IndexError, TypeError, ValueError):
        return text


def _beside(services: Services, visitor: Visitor, now: _Shown | None, other: str) -> str:
    """What a model that reads from the left would write in the gaps that are shown; why not, where it
    cannot."""
    if now is None or not other:
        return ""
    try:
        return beside_html(other, beside(services, visitor, other, now.moment, now.asked.spec.top_k))
    except Exception as error:
        return refused_html(message_of(error))


def _stream(services: Services, request: gr.Request, model: str, text: str, top_k: int) -> Iterator[Any]:
    """Update after update for the page; whatever goes wrong ends as the status line's error state. A request
    that is refused leaves the answer before it as it stands."""
    refused = gr.skip(), gr.skip()
    try:
        visitor = services.identity.visitor(request)
        asked = filling_request(services, visitor, model, text, top_k)
        for moment in follow(services.runtime.stream(asked), text):
            refused = "", None
            if moment.filled is None:
                busy = gr.Button(interactive=False)
                yield paper_html(moment), gr.skip(), status_html(moment), gr.skip(), busy, gr.skip()
                continue
            source = source_of(services, visitor, asked.model)
            code = filling_code(source, moment.filled.kind, text, asked.spec.top_k)
            code = loadable(services, visitor, code, asked.model)
            yield (
                paper_html(moment),
                guesses_html(moment, as_json(asked.model, moment)),
                status_html(moment),
                code_html(code),
                gr.Button(interactive=True),
                _Shown(asked, moment),
            )
    except Exception as error:
        failed = status_html(Moment(state="failed", note=message_of(error)))
        guesses, now = refused
        yield gr.skip(), guesses, failed, gr.skip(), gr.Button(interactive=True), now
