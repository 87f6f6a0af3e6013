"""The Decoding tab: one prompt continued by several strategies at once, as columns that grow together; then
looked at step by step, as a tree, and over many seeds.

The parts are modules of their own (``app/decoding/*_part.py``); here is what they share: the inputs, the
board of columns, which token is chosen, and which part is shown anew when.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.decoding import code_part, seeds_part, step_part, tree_part
from app.decoding.asking import decode_request, stream
from app.decoding.board import BoardLog
from app.decoding.compared import Compared
from app.decoding.editor import description
from app.decoding.linked import NAMES, linked
from app.decoding.moment import Moment, follow
from app.decoding.presets import EXAMPLES, FAILURES, FIRST, PRESETS, as_json
from app.decoding.status import status_html
from app.errors import message_of
from app.links import LINK_JS
from app.model_picker import able, caption, model_picker
from app.opening import when_linked
from app.parts import PICKED, QUIET, Parts
from app.redraw import Redraw, open_one
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import SpecError
from pipelines.generation.comparing import MAX_NEW_TOKENS, DecodeRequest

_INTRO = (
    "Watch a model choose one token after another, by several strategies at once, and see what each of them "
    "does to the text."
)
_TITLES = {"step": "Step", "tree": "Tree", "seeds": "Over many seeds", "code": "The same in Python"}
_FOLLOWING = ("step", "tree")  # parts that are about the chosen token
_STREAMING = {**QUIET, "concurrency_id": "generation"}
# What they offer stands in the script: as a property of the component it may come after the script is run.
_EDITOR_JS = "glassworks.decoding.editor(element, props, server, watch, %s);"
_BOARD_JS = "glassworks.decoding.board(element, props, trigger, watch, %s); // 'example', 'failure', 'select'"


@dataclass(frozen=True)
class _Inputs:
    """By the names of a link."""

    model: gr.Dropdown
    prompt: gr.Textbox
    strategies: gr.HTML
    max_new_tokens: gr.Slider
    seed: gr.Number
    same_noise: gr.Checkbox
    judge: gr.Dropdown

    @property
    def all(self) -> list[Any]:
        return [getattr(self, name) for name in NAMES]


@dataclass(frozen=True)
class _Shared:
    """What else the tab's handlers change."""

    go: gr.Button
    stop: gr.Button
    link: gr.Button
    status: gr.HTML
    board: gr.HTML
    run: gr.State  # the Stoppable that is being read, for the Stop button
    compared: gr.State
    chosen: gr.State  # {"column": …, "sample": …, "position": …} of a token, or None
    opened: gr.Textbox  # which part is open
    drawn: gr.State  # by part: of what it was last drawn, so that coming back to it costs nothing


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>')
    chosen = gr.State(None)
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(elem_classes="gw-inputs", min_width=280):
            inputs = _inputs(services)
            with gr.Row(elem_classes="gw-actions gw-decoding-actions"):
                go = gr.Button("Generate", variant="primary", elem_id="decoding-generate", scale=2)
                stop = gr.Button("Stop", interactive=False, elem_id="decoding-stop", scale=1)
            with gr.Row(elem_classes="gw-toolbar"):
                link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
        with gr.Column(elem_classes="gw-result", min_width=280):
            status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
            board = gr.HTML("", html_template="", js_on_load=_BOARD_JS % about(), elem_id="decoding-board")
            parts, tabs, opened = _parts(services, chosen)
    states = {"run": gr.State(None), "compared": gr.State(None), "chosen": chosen}
    shared = _Shared(go, stop, link, status, board, **states, opened=opened, drawn=gr.State({}))
    _wire(services, inputs, shared, parts, tabs)


def _inputs(services: Services) -> _Inputs:
    model = model_picker(services)
    prompt = gr.Textbox(
        label="Prompt", lines=3, max_lines=14, placeholder="The text to continue …", elem_id="decoding-prompt"
    )
    max_new_tokens = gr.Slider(
        1, MAX_NEW_TOKENS, value=64, step=1, label="New tokens", buttons=[],
        elem_id="decoding-max-new-tokens",
    )  # fmt: skip
    with gr.Row(elem_classes="gw-decoding-chance"):
        seed = gr.Number(0, precision=0, label="Seed", min_width=90, elem_id="decoding-seed")
        same_noise = gr.Checkbox(
            True, label="Same noise", min_width=180, elem_id="decoding-same-noise",
            info="All draw with the same luck: what differs comes from the strategy.",
        )  # fmt: skip
    strategies = gr.HTML(
        as_json(PRESETS[FIRST].choices), html_template="", js_on_load=_EDITOR_JS % description(),
        elem_id="decoding-strategies", server_functions=[_models_function(services)], fault="",
    )  # fmt: skip
    with gr.Accordion("A judge of the texts", open=False, elem_classes="gw-more"):
        judge = gr.Dropdown(
            _judges(services), value="", label="Judge", allow_custom_value=True, elem_id="decoding-judge",
            info="A second model that reads the texts when they are done, for their perplexity under it.",
        )  # fmt: skip
    judge.focus(lambda: gr.Dropdown(choices=_judges(services)), None, judge, queue=False, **QUIET)
    return _Inputs(model, prompt, strategies, max_new_tokens, seed, same_noise, judge)


def _parts(services: Services, chosen: gr.State) -> tuple[dict[str, Any], gr.Tabs, gr.Textbox]:
    built = {
        "step": lambda: step_part.build(services, chosen),
        "tree": lambda: tree_part.build(services, chosen),
        "seeds": lambda: seeds_part.build(services),
        "code": lambda: code_part.build(services),
    }
    parts, each = {}, {}
    with gr.Tabs(elem_id="decoding-tabs", elem_classes="gw-subtabs") as tabs:
        for name, title in _TITLES.items():
            with gr.Tab(title, id=name, elem_id=f"decoding-part-{name}") as each[name]:
                parts[name] = built[name]()
    return parts, tabs, open_one(each)


def _wire(services: Services, inputs: _Inputs, shared: _Shared, parts: dict[str, Any], tabs: gr.Tabs) -> None:
    comparing, redraw = _Comparing(services, parts), Redraw()
    drawn_from = [shared.opened, shared.compared, shared.drawn, *comparing.parts.inputs]
    drawn_to = [shared.status, shared.drawn, *comparing.parts.outputs]
    written = [
        shared.status, shared.board, inputs.strategies, shared.run, shared.go, shared.stop, shared.compared,
        shared.chosen, parts["tree"].beams,
    ]  # fmt: skip

    def generate_when(event: Any) -> None:
        """Writing and drawing are two events: of one that tells how far it has come the last answer is sent
        twice."""
        made = event(comparing.generate, inputs.all, written, **_STREAMING)
        redraw.after(made.then)

    generate_when(shared.go.click)
    example = shared.board.example(_example, None, inputs.prompt, queue=False, **QUIET)
    generate_when(example.then)
    given = [inputs.prompt, inputs.strategies, inputs.max_new_tokens, inputs.seed, inputs.same_noise]
    failure = shared.board.failure(_failure, None, given, queue=False, **QUIET)
    generate_when(failure.then)
    shared.stop.click(_stop, shared.run, None, queue=False, **QUIET)

    choosing = [shared.opened, shared.compared]
    picked = shared.board.select(
        _chosen, choosing, [shared.chosen, shared.opened, tabs], queue=False, **PICKED
    )
    redraw.after(picked.then)
    triggers = [trigger for part in parts.values() for trigger in part.triggers]
    redraw.wire(comparing.draw, drawn_from, drawn_to, shared.opened.change, *triggers)

    when_linked(_restore, inputs.all)
    shared.link.click(None, inputs.all, js=LINK_JS.format(tab="decoding", names=list(NAMES)))


class _Comparing:
    """What the handlers do. A part that nobody looks at computes nothing, and neither does one that stands
    there already."""

    def __init__(self, services: Services, parts: Mapping[str, Any]):
        self._services, self.parts = services, Parts(parts)
        self._tree = parts["tree"]

    def generate(self, request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Update after update for the page; whatever goes wrong ends as the status line's error state, and
        what stood on the page stays."""
        try:
            visitor = self._services.identity.visitor(request)
            asked = _asked(self._services, visitor, dict(zip(NAMES, values, strict=True)))
            run = Stoppable(stream(self._services, visitor, asked))
            log, tree = BoardLog(asked), self._tree.live()
            opening = (gr.update(fault=""), run, *_buttons(running=True), gr.skip(), None)
            yield _update(Moment(asked), log, opening, tree)
            for moment in follow(asked, run.events()):
                ended = moment.state in ("done", "stopped")
                closing = (gr.skip(), gr.skip(), *_buttons(running=False), moment.compared, gr.skip())
                yield _update(moment, log, closing if ended else (gr.skip(),) * 6, tree)
            yield (gr.skip(),) * 9  # the last answer is sent whole a second time: let it be a small one
        except Exception as error:
            yield _failed(error)

    def draw(self, request: gr.Request, opened: str, compared: Any, drawn: Any, *values: Any) -> list[Any]:
        """The open part of what was compared, with the part's own inputs as they are now: the status line, of
        what the parts are drawn, then the outputs of each part."""
        run = compared.request.run if isinstance(compared, Compared) else ""
        if opened not in self.parts.names:
            return [gr.skip(), gr.skip(), *self.parts.stay()]
        mark = run, *self.parts.values_of(opened, values)  # of what it is drawn: equal marks, equal views
        if drawn.get(opened) == mark:
            return [gr.skip(), gr.skip(), *self.parts.stay()]
        try:
            visitor = self._services.identity.visitor(request)
            updates = self.parts.updates(visitor, compared if run else None, values, opened)
            return [gr.skip(), {**drawn, opened: mark}, *updates]
        except Exception as error:
            return [status_line("failed", message_of(error)), gr.skip(), *self.parts.stay()]


def _update(moment: Moment, log: BoardLog, rest: Sequence[Any], tree: Callable[[Moment], Any]) -> tuple:
    return status_html(moment), log.after(moment), *rest, tree(moment)


def _failed(error: Exception) -> tuple[Any, ...]:
    status = status_line("failed", _said(error))
    return status, gr.skip(), gr.update(fault=_fault(error)), None, *_buttons(False), *[gr.skip()] * 3


def _asked(services: Services, visitor: Any, given: dict[str, Any]) -> DecodeRequest:
    """The request of the inputs, under a name that nobody can guess."""
    whole = {name: _whole(given[name]) for name in ("max_new_tokens", "seed")}
    more = {**whole, "same_noise": given["same_noise"], "judge": given["judge"] or ""}
    asked = (given["model"], given["prompt"] or "", given["strategies"])
    return decode_request(services, visitor, *asked, **more, run=secrets.token_hex(16))


def _whole(value: Any) -> Any:
    """Sliders send 64.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _said(error: Exception) -> str:
    """With the column where a strategy is at fault."""
    place = getattr(error, "place", None)
    return message_of(error) if place is None else f"Strategy {place + 1}: {message_of(error)}"


def _fault(error: Exception) -> str:
    """For the editor, which marks the card."""
    if not isinstance(error, SpecError) or error.place is None:
        return ""
    # The same fault twice is two different values, so that the page is told of it twice.
    told = {"place": error.place, "field": error.field, "message": str(error), "mark": secrets.token_hex(4)}
    return json.dumps(told)


def _buttons(running: bool) -> tuple[Any, Any]:
    return gr.Button(interactive=not running), gr.Button(interactive=running)


def _stop(run: Stoppable | None) -> None:
    if run:
        run.stop()


def _example(event: gr.EventData) -> str:
    return str(event.value)[:500]


def _failure(event: gr.EventData) -> list[Any]:
    """A failure of the gallery into the inputs."""
    one = FAILURES.get(str(event.value))
    if one is None:
        return [gr.skip()] * 5
    return [one.prompt, as_json(one.choices), one.max_new_tokens, one.seed, True]


def _chosen(opened: str, compared: Any, event: gr.EventData) -> list[Any]:
    """The chosen token, and the part that is about it."""
    place = event.value if isinstance(event.value, dict) else {}
    found = {name: place.get(name) for name in ("column", "sample", "position")}
    good = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in found.values())
    if not good or not isinstance(compared, Compared):
        return [gr.skip()] * 3
    if opened in _FOLLOWING:
        return [found, gr.skip(), gr.skip()]
    return [found, "step", gr.Tabs(selected="step")]


def _restore(request: gr.Request) -> list[Any]:
    found = linked(dict(request.query_params))
    return [found.get(name, gr.skip()) for name in NAMES]


def _judges(services: Services) -> list[tuple[str, str]]:
    return [("None", ""), *((caption(entry), entry.name) for entry in able(services, "causal-lm"))]


def _models_function(services: Services) -> Any:
    def decoding_models(_data: Any, _request: gr.Request) -> str:
        """What the amateur, the draft and the judge may be: names and captions, the smallest first."""
        entries = sorted(able(services, "causal-lm"), key=lambda one: one.parameters or 0)
        return json.dumps([{"name": one.name, "caption": caption(one)} for one in entries])

    return decoding_models


def about() -> str:
    """What the board offers while it is empty, as JSON."""
    failures = [
        {"key": key, "title": one.title, "words": one.words, "prompt": one.prompt,
         "strategies": [name for name, _ in one.choices]}
        for key, one in FAILURES.items()
    ]  # fmt: skip
    return json.dumps({"examples": EXAMPLES, "failures": failures}, ensure_ascii=False)
