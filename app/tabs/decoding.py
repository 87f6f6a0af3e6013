"""Decoding: a prompt goes in, text streams out, and every sampling knob can be felt."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.access import generate_request
from app.errors import message_of, shown
from app.forms import form, to_values
from app.identity import Visitor
from app.links import LINK_JS, restored
from app.model_picker import model_picker
from app.opening import when_linked
from app.python_code import code_html, transformers_code
from app.services import Services
from app.sources import source_of
from app.stoppable import Stoppable
from app.writing import Writing, follow
from app.writing_view import empty_html, status_html, text_html
from pipelines.generation.requests import GenerateRequest
from pipelines.generation.specs import DecodingSpec

_INTRO = "Watch a model choose one token after another, and feel what each sampling knob does to the text."
_MAIN_KNOBS = ("max_new_tokens", "temperature", "top_p")

# A click on an example in the empty state becomes a `select` event that carries its prompt.
_EXAMPLE_JS = """
element.addEventListener('click', (event) => {
  const example = event.target.closest('[data-prompt]');
  if (example) trigger('select', { value: example.dataset.prompt });
});
"""


@dataclass(frozen=True)
class _Parts:
    """The tab's components, by role."""

    model: gr.Dropdown
    prompt: gr.Textbox
    knobs: dict[str, Any]
    go: gr.Button
    stop: gr.Button
    status: gr.HTML
    text: gr.HTML
    run: gr.State  # the Stoppable that is being read, for the Stop button
    code: gr.HTML
    actions: dict[str, gr.Button]

    @property
    def inputs(self) -> list[Any]:
        return [self.model, self.prompt, *self.knobs.values()]

    @property
    def outputs(self) -> list[Any]:
        return [self.text, self.status, self.run, self.go, self.stop, self.code]


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>')
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(elem_classes="gw-inputs", min_width=280):
            inputs = _inputs(services)
        with gr.Column(elem_classes="gw-result", min_width=280):
            parts = _Parts(**inputs, **_results())
    _wire(services, parts)


def _inputs(services: Services) -> dict[str, Any]:
    spec = DecodingSpec()
    model = model_picker(services)
    prompt = gr.Textbox(label="Prompt", lines=3, max_lines=14, placeholder="The text to continue …")
    main = form(spec, lambda name, _: name in _MAIN_KNOBS)
    with gr.Accordion("More sampling", open=False, elem_classes="gw-more"):
        rest = form(spec, lambda name, _: name not in _MAIN_KNOBS)
    with gr.Row(elem_classes="gw-actions"):
        go = gr.Button("Generate", variant="primary", elem_id="decoding-generate", min_width=120, scale=2)
        stop = gr.Button("Stop", interactive=False, elem_id="decoding-stop", min_width=80, scale=1)
    return {"model": model, "prompt": prompt, "knobs": {**main, **rest}, "go": go, "stop": stop}


def _results() -> dict[str, Any]:
    status = gr.HTML(status_html(None), elem_classes="gw-status-box")
    text = gr.HTML(empty_html(), elem_id="decoding-output", js_on_load=_EXAMPLE_JS)
    with gr.Row(elem_classes="gw-toolbar"):
        actions = {
            name: gr.Button(label, size="sm", min_width=96, scale=0)
            for name, label in (("copy", "Copy text"), ("save", "Download .txt"), ("link", "Copy link"))
        }
    with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
        code = gr.HTML(code_html(""))
    return {
        "status": status,
        "text": text,
        "run": gr.State(None),
        "code": code,
        "actions": actions,
    }


def _wire(services: Services, parts: _Parts) -> None:
    @shown
    def generate(request: gr.Request, *values: Any) -> Iterator[Any]:
        yield from _stream(services, request, values, list(parts.knobs))

    def stop(run: Stoppable | None) -> None:
        if run:
            run.stop()

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    streaming = {**quiet, "concurrency_id": "generation"}
    parts.go.click(generate, parts.inputs, parts.outputs, **streaming)
    chosen = parts.text.select(_chosen, None, parts.prompt, queue=False, **quiet)
    chosen.then(generate, parts.inputs, parts.outputs, **streaming)
    parts.stop.click(stop, parts.run, None, queue=False, **quiet)
    _wire_actions(parts, quiet)


def _wire_actions(parts: _Parts, quiet: dict[str, Any]) -> None:
    def restore(request: gr.Request) -> list[Any]:
        return restored(request, "decoding", ["model", "prompt", *parts.knobs], DecodingSpec)

    when_linked(restore, parts.inputs)
    parts.actions["copy"].click(None, js="() => glassworks.copyText('#decoding-text')")
    parts.actions["save"].click(None, js="() => glassworks.saveText('#decoding-text', 'glassworks.txt')")
    names = ["model", "prompt", *parts.knobs]
    parts.actions["link"].click(None, parts.inputs, js=LINK_JS.format(tab="decoding", names=names))


def _chosen(event: gr.EventData) -> str:
    return str(event.value)[:500]


def _stream(services: Services, request: gr.Request, values: tuple[Any, ...], names: list[str]) -> Any:
    """Update after update for the page; whatever goes wrong ends as the status line's error state."""
    model, prompt, *knobs = values
    try:
        spec_values = to_values(DecodingSpec(), dict(zip(names, knobs, strict=True)))
        visitor = services.identity.visitor(request)
        asked = generate_request(services, visitor, model, prompt, spec_values)
        run = Stoppable(services.runtime.stream(asked))
        yield _opening(services, visitor, asked, run)
        for moment in follow(run.events()):
            yield _update(asked, moment)
    except Exception as error:
        yield _failure(error)


def _opening(services: Services, visitor: Visitor, asked: GenerateRequest, run: Stoppable) -> tuple[Any, ...]:
    moment = Writing()
    code = transformers_code(source_of(services, visitor, asked.model), asked.prompt, asked.decoding)
    view = (text_html(asked.prompt, moment), status_html(moment), run)
    return *view, *_buttons(running=True), code_html(code)


def _update(asked: GenerateRequest, moment: Writing) -> tuple[Any, ...]:
    ended = moment.state in ("done", "stopped")
    buttons = _buttons(running=False) if ended else (gr.skip(), gr.skip())
    return text_html(asked.prompt, moment), status_html(moment), gr.skip(), *buttons, gr.skip()


def _failure(error: Exception) -> tuple[Any, ...]:
    moment = Writing(state="failed", note=message_of(error))
    return gr.skip(), status_html(moment), None, *_buttons(running=False), gr.skip()


def _buttons(running: bool) -> tuple[Any, Any]:
    return gr.Button(interactive=not running), gr.Button(interactive=running)
