"""The Attention tab: one text in one model, captured once, then looked at from all sides.

The parts are modules of their own (``app/attention/*_part.py``); here is what they share: what is looked at,
and which of them is shown anew when.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.access import entry_of
from app.attention import (
    attribution_part,
    difference_part,
    embeddings_part,
    heads_part,
    intervene_part,
    lens_part,
    summary_part,
)
from app.attention.asking import ask
from app.attention.parts import Seen
from app.errors import message_of
from app.identity import Visitor
from app.links import LINK_JS
from app.model_picker import model_picker
from app.opening import when_linked
from app.parts import QUIET, Part, Parts
from app.redraw import Redraw, open_one
from app.services import Services
from app.status_line import status_line
from pipelines.attention.answers import Captured
from pipelines.attention.requests import CAPABILITIES, MAX_NEW_TOKENS, CaptureRequest, Subject
from pipelines.core.errors import GlassworksError
from pipelines.models.entries import ModelEntry
from pipelines.runtime.messages import Loading

_INTRO = (
    "Look inside a transformer while it reads your text: who attends to whom, what each layer would say, and "
    "what changes when a part of it is switched off."
)
_PARTS = (
    ("heads", "Heads", heads_part),
    ("summary", "Summary", summary_part),
    ("lens", "Logit lens", lens_part),
    ("attribution", "Attribution", attribution_part),
    ("intervene", "Intervene", intervene_part),
    ("embeddings", "Embeddings", embeddings_part),
    ("difference", "Compare", difference_part),
)
_NAMES = ("model", "text", "target", "new_tokens")
_MAX_LINKED = 20_000
_RUNNING = {**QUIET, "concurrency_id": "attention", "trigger_mode": "always_last"}
# A head that is chosen in another part is opened in the first one.
_OPEN_JS = """
document.addEventListener('gw-open-head', () => {
  const first = document.querySelector('#attention-tabs button[role="tab"]');
  if (first?.getAttribute('aria-selected') !== 'true') first?.click();
});
"""


@dataclass(frozen=True)
class _Shared:
    """The inputs of all parts, the status line, and the subject that is on the page."""

    model: gr.Dropdown
    text: gr.Textbox
    target: gr.Textbox
    new_tokens: gr.Slider
    go: gr.Button
    link: gr.Button
    status: gr.HTML
    subject: gr.State
    drawn: gr.State  # by part: of what it was last drawn, so that coming back to it costs nothing

    @property
    def inputs(self) -> list[Any]:
        return [self.model, self.text, self.target, self.new_tokens]


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>', js_on_load=_OPEN_JS)
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(elem_classes="gw-inputs", min_width=280):
            inputs = _inputs(services)
        with gr.Column(elem_classes="gw-result", min_width=280):
            status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
            parts: dict[str, Part] = {}
            tabs: dict[str, gr.Tab] = {}
            with gr.Tabs(elem_id="attention-tabs", elem_classes="gw-subtabs"):
                for name, title, module in _PARTS:
                    with gr.Tab(title, id=name, elem_id=f"attention-part-{name}") as tabs[name]:
                        parts[name] = module.build(services)
    shared = _Shared(**inputs, status=status, subject=gr.State(None), drawn=gr.State({}))
    _wire(services, shared, parts, open_one(tabs))


def _inputs(services: Services) -> dict[str, Any]:
    model = model_picker(services, CAPABILITIES)
    text = gr.Textbox(
        label="Text",
        lines=5,
        max_lines=16,
        placeholder="Once upon a time, there was a little girl named Lily …",
        elem_id="attention-text",
    )
    target = gr.Textbox(
        label="What the decoder reads",
        info="Empty: the model writes it itself.",
        lines=2,
        visible=False,
        elem_id="attention-target",
    )
    new_tokens = gr.Slider(
        0,
        MAX_NEW_TOKENS,
        value=0,
        step=1,
        label="Let it write on",
        info="So many tokens, the likeliest each time, are looked at as well.",
        buttons=[],
        elem_id="attention-new-tokens",
    )
    go = gr.Button("Look inside", variant="primary", elem_id="attention-go")
    with gr.Row(elem_classes="gw-toolbar"):
        link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
    given = {"model": model, "text": text, "target": target, "new_tokens": new_tokens}
    return {**given, "go": go, "link": link}


def _wire(services: Services, shared: _Shared, parts: dict[str, Part], opened: gr.Textbox) -> None:
    looking, redraw = _Looking(services, parts), Redraw()
    inputs = [opened, shared.subject, shared.drawn, *looking.parts.inputs]
    outputs = [shared.status, shared.drawn, *looking.parts.outputs]
    drawing = {**_RUNNING, "show_progress": "minimal", "show_progress_on": shared.status}

    def look_when(event: Callable[..., Any], **given: Any) -> None:
        """Looking and drawing are two events: of one that tells how far it has come the last answer is sent
        twice, and a drawing is large."""
        looked = event(
            fn=looking.look,
            inputs=shared.inputs,
            outputs=[shared.status, shared.subject],
            **_RUNNING,
            **given,
        )
        redraw.after(looked.then)

    look_when(gr.on, triggers=[shared.go.click, shared.text.submit])
    for example in (example for part in parts.values() for example in part.examples):
        look_when(example(_example, None, shared.text, queue=False, **QUIET).then)
    triggers = [trigger for part in parts.values() for trigger in part.triggers]
    redraw.wire(looking.draw, inputs, outputs, opened.change, *triggers, **drawing)

    def fit(request: gr.Request, model: str) -> Any:
        return gr.Textbox(visible=_reads_two(services, request, model))

    shared.model.change(fit, shared.model, shared.target, queue=False, **QUIET)
    shared.link.click(None, shared.inputs, js=LINK_JS.format(tab="attention", names=list(_NAMES)))
    when_linked(_restore, shared.inputs)


class _Looking:
    """What the handlers do. A part that nobody looks at computes nothing, and neither does one that stands
    there already."""

    def __init__(self, services: Services, parts: Mapping[str, Part]):
        self._services, self.parts = services, Parts(parts)

    def look(
        self, request: gr.Request, model: str, text: str, target: str, new_tokens: float
    ) -> Iterator[tuple[str, Any]]:
        """Capture what the inputs say: the status line, and in the end the subject. A failure leaves on the
        page what was there."""
        try:
            visitor = self._services.identity.visitor(request)
            subject = _subject(self._services, visitor, model, text, target, new_tokens)
            yield status_line("waiting", "Looking …", [subject.model]), gr.skip()
            for event in self._services.runtime.stream(CaptureRequest(subject)):
                if isinstance(event, Loading):
                    yield status_line("waiting", f"Reading {event.model} …"), gr.skip()
                else:
                    yield _status(event), subject
        except Exception as error:
            yield status_line("failed", message_of(error)), gr.skip()

    def draw(self, request: gr.Request, opened: str, subject: Any, drawn: Any, *values: Any) -> list[Any]:
        """The open part of what is on the page, with the part's own inputs as they are now: the status line,
        of what the parts are drawn, then the outputs of each part."""
        if opened not in self.parts.names:
            return [gr.skip(), gr.skip(), *self.parts.stay()]
        mark = subject, *self.parts.values_of(opened, values)  # of what it is drawn: equal marks, equal views
        if drawn.get(opened) == mark:
            return [gr.skip(), gr.skip(), *self.parts.stay()]
        try:
            visitor, seen = self._services.identity.visitor(request), None
            if isinstance(subject, Subject):
                seen = Seen(subject, ask(self._services, visitor, CaptureRequest(subject)))
            updates = self.parts.updates(visitor, seen, values, opened)
            return [_status(seen and seen.captured), {**drawn, opened: mark}, *updates]
        except Exception as error:
            return [status_line("failed", message_of(error)), gr.skip(), *self.parts.stay()]


def _subject(
    services: Services, visitor: Visitor, model: str, text: str, target: str, new_tokens: float
) -> Subject:
    """What is asked for, checked as far as it can be without the model."""
    if not isinstance(model, str) or not model:
        raise GlassworksError("Choose a model first.")
    entry = entry_of(services, visitor, model)
    whole = int(new_tokens) if isinstance(new_tokens, (int, float)) else new_tokens
    subject = Subject(model, text, target or "", whole)
    return subject if _two(entry) or not target else replace(subject, target="")


def _reads_two(services: Services, request: gr.Request, model: str) -> bool:
    """Whether this is an encoder–decoder, as far as is known."""
    try:
        return _two(entry_of(services, services.identity.visitor(request), model))
    except GlassworksError:
        return False


def _two(entry: ModelEntry | None) -> bool:
    return entry is None or "seq2seq-lm" in entry.capabilities


def _status(captured: Captured | None) -> str:
    if captured is None:
        return status_line("idle", "Ready")
    last = captured.parts[-1]
    tokens = sum(len(part.queries.ids) for part in captured.parts if part.name != "cross")
    heads = sum(part.layers * part.heads for part in captured.parts)
    numbers = [f"{tokens:,} tokens", f"{heads} heads", f"{captured.seconds:.1f} s"]
    if written := last.queries.generated:
        numbers.insert(1, f"{written} written by the model")
    return status_line("done", "Captured", numbers)


def _example(event: gr.EventData) -> str:
    return str(event.value)[:500]


def _restore(request: gr.Request) -> list[Any]:
    """The tab's inputs from a link to it."""
    query = dict(request.query_params)
    if query.get("tab") != "attention" or sum(map(len, query.values())) > _MAX_LINKED:
        return [gr.skip() for _ in _NAMES]
    given: list[Any] = [query.get(name, gr.skip()) for name in _NAMES[:-1]]
    count = query.get("new_tokens", "")
    return [*given, min(int(count), MAX_NEW_TOKENS) if count.isdecimal() and len(count) < 5 else gr.skip()]
