"""The part *Over many seeds*: the comparison on the page once more with many texts of each strategy, as
distributions and means with intervals.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.decoding.asking import stream
from app.decoding.compared import Compared
from app.decoding.moment import follow
from app.decoding.plain import table_csv
from app.decoding.seeds import FEWEST, Seeds, over_seeds, seeds_json, seeds_of
from app.decoding.seeds_view import empty_html, ready_html, seeds_html
from app.decoding.status import status_html
from app.errors import message_of
from app.identity import Visitor
from app.parts import QUIET, Part
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import GlassworksError
from pipelines.generation.comparing import MAX_SAMPLES, DecodeRequest

_DEFAULT = 16
_SAVE_JS = "(text) => glassworks.saveData(text, 'seeds.{}')"


@dataclass(frozen=True)
class _Parts:
    """The part's components, by role."""

    samples: gr.Slider
    go: gr.Button
    stop: gr.Button
    status: gr.HTML
    view: gr.HTML
    saves: dict[str, gr.Button]
    written: gr.Textbox  # the file that is being saved
    about: gr.State  # the request of the comparison on the page
    run: gr.State  # the Stoppable that is being read, for the Stop button
    found: gr.State  # the Seeds that the view shows


def build(services: Services) -> Part:
    parts = _layout()
    _wire(services, parts)

    def show(_visitor: Visitor, compared: Compared | None, before: Any, run: Any) -> tuple[Any, ...]:
        """What was measured stays while the page is about the same comparison."""
        request = compared.request if compared else None
        if request == before:
            return (gr.skip(),) * 6
        if isinstance(run, Stoppable):
            run.stop()
        drawing = bool(request) and any(one.draws for one in request.strategies)
        view = ready_html(request) if request else empty_html()
        return request, None, view, _idle(), gr.Button(interactive=drawing), gr.Button(interactive=False)

    outputs = (parts.about, parts.found, parts.view, parts.status, parts.go, parts.stop)
    return Part(outputs=outputs, show=show, inputs=(parts.about, parts.run))


def _layout() -> _Parts:
    with gr.Row(elem_classes="gw-seeds-tools"):
        samples = gr.Slider(
            FEWEST, MAX_SAMPLES, value=_DEFAULT, step=1, label="Texts of each strategy",
            info="Of those that draw.", buttons=[], min_width=200, elem_id="decoding-seeds-samples",
        )  # fmt: skip
        go = gr.Button(
            "Measure over seeds", variant="primary", interactive=False, min_width=180, scale=0,
            elem_id="decoding-seeds-go",
        )  # fmt: skip
        stop = gr.Button("Stop", interactive=False, min_width=80, scale=0, elem_id="decoding-seeds-stop")
    status = gr.HTML(_idle(), elem_classes="gw-status-box", elem_id="decoding-seeds-status")
    view = gr.HTML(empty_html(), elem_id="decoding-seeds")
    with gr.Row(elem_classes="gw-toolbar"):
        saves = {
            kind: gr.Button(f"Download .{kind}", size="sm", min_width=96, scale=0) for kind in ("csv", "json")
        }
    hidden = {"written": gr.Textbox(visible=False), "about": gr.State(None), "run": gr.State(None)}
    shown = {"samples": samples, "go": go, "stop": stop, "status": status, "view": view, "saves": saves}
    return _Parts(**shown, **hidden, found=gr.State(None))


def _wire(services: Services, parts: _Parts) -> None:
    def measure(request: gr.Request, about: Any, samples: Any) -> Iterator[tuple[Any, ...]]:
        yield from _measure(services, request, about, samples)

    def draw(found: Any, about: Any) -> Any:
        """Unless another comparison has come meanwhile, or nothing was found."""
        if not isinstance(found, Seeds) or not isinstance(about, DecodeRequest):
            return gr.skip()
        same = over_seeds(about, found.request.samples) == found.request
        return seeds_html(found) if same else gr.skip()

    def stop(run: Any) -> None:
        if isinstance(run, Stoppable):
            run.stop()

    outputs = [parts.status, parts.run, parts.found, parts.go, parts.stop]
    measured = parts.go.click(
        measure, [parts.about, parts.samples], outputs, **QUIET, concurrency_id="generation"
    )
    # An event of its own: of one that streams the last answer is sent twice, and this one is large.
    measured.then(draw, [parts.found, parts.about], parts.view, **QUIET)
    parts.stop.click(stop, parts.run, None, queue=False, **QUIET)
    for kind, save in parts.saves.items():
        written = save.click(_WRITERS[kind], parts.found, parts.written, queue=False, **QUIET)
        written.then(None, parts.written, js=_SAVE_JS.format(kind))


def _measure(services: Services, request: gr.Request, about: Any, samples: Any) -> Iterator[tuple[Any, ...]]:
    """The status line again and again, in the end what was found; whatever goes wrong ends as its error."""
    try:
        if not isinstance(about, DecodeRequest):
            raise GlassworksError("Generate first: the same comparison is run again here.")
        asked = over_seeds(about, samples)
        run = Stoppable(stream(services, services.identity.visitor(request), asked))
        yield status_line("waiting", "Reading the prompt …"), run, gr.skip(), *_buttons(running=True)
        for moment in follow(asked, run.events()):
            if moment.state == "done":
                yield status_html(moment), None, seeds_of(moment), *_buttons(running=False)
            elif moment.state == "stopped":
                yield status_html(moment), None, gr.skip(), *_buttons(running=False)
            else:
                yield status_html(moment), gr.skip(), gr.skip(), gr.skip(), gr.skip()
    except Exception as error:
        yield status_line("failed", message_of(error)), None, gr.skip(), *_buttons(running=False)


def _csv(found: Any) -> str:
    return table_csv(found.request.strategies, found.outcomes) if isinstance(found, Seeds) else ""


def _json(found: Any) -> str:
    return json.dumps(seeds_json(found), ensure_ascii=False) if isinstance(found, Seeds) else ""


_WRITERS = {"csv": _csv, "json": _json}


def _idle() -> str:
    return status_line("idle", "Ready")


def _buttons(running: bool) -> tuple[Any, Any]:
    return gr.Button(interactive=not running), gr.Button(interactive=running)
