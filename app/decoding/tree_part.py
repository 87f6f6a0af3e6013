"""The part *Tree*: beam searches as they grow, and branch trees that stay.

A token is clicked, another one is taken in its place, and the text goes on from there; the trees are kept by
visitor in the database. One component draws all of a tree and sends each edit as one event.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.decoding.asking import ask, stream
from app.decoding.beam_tree import BeamLog
from app.decoding.branch_edits import Edited, Edits, Grown, going_on, own, place_of, strategy_title, tokens_of
from app.decoding.branch_file import as_dict, as_text
from app.decoding.branch_view import candidates_json, growing_html, page_json
from app.decoding.compared import Compared
from app.decoding.moment import Moment, follow
from app.errors import message_of
from app.identity import Visitor
from app.parts import QUIET, Part
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import SpecError
from pipelines.generation.reading_requests import ReadRequest

_BEAMS_JS = """
const beams = new glassworks.BeamTree(element, props);
beams.adopt();
watch('value', () => beams.adopt());
"""
_BRANCHES_JS = """
const branches = new glassworks.BranchTree(element, props, trigger, server);
branches.adopt();
watch('value', () => branches.adopt());
"""
_STOP_JS = """
element.addEventListener('click', (event) => { if (event.target.closest('[data-stop]')) trigger('select'); });
"""
_CANDIDATES = 8


@dataclass(frozen=True)
class TreePart(Part):
    """``beams`` is the component of the live tree."""

    beams: Any = None

    def live(self) -> Callable[[Moment], Any]:
        """For one run: a function that gives the update of ``beams`` for each of its moments."""
        logs: list[BeamLog] = []

        def update(moment: Moment) -> Any:
            if not logs:
                logs.append(BeamLog(moment.request))
            elif not moment.beams:
                return gr.skip()
            return logs[0].after(moment.beams)

        return update


def build(services: Services, chosen: gr.State) -> TreePart:
    """``chosen`` holds ``{column, sample, position}`` of the token that was clicked on the board, or None."""
    gr.HTML('<h3 class="gw-details-head">Beam search</h3>')
    beams = gr.HTML("", html_template="", js_on_load=_BEAMS_JS, elem_id="decoding-beams")
    gr.HTML('<h3 class="gw-details-head">Branch tree</h3>')
    growing = gr.HTML("", elem_id="decoding-growing", js_on_load=_STOP_JS)
    functions = [_candidates_function(services), _file_function(services)]
    view = gr.HTML(
        page_json([], None, None),
        html_template="",
        js_on_load=_BRANCHES_JS,
        server_functions=functions,
        elem_id="decoding-branches",
    )
    opened, run = gr.State(None), gr.State(None)
    trees = _Trees(services)
    _wire(trees, view, growing, opened, run)

    def show(visitor: Visitor, compared: Compared | None, place: Any, tree: Any) -> tuple[Any, Any, Any]:
        return _beams(compared), compared, trees.page(visitor, tree, compared, place)

    return TreePart(outputs=(beams, run, view), show=show, inputs=(chosen, opened), beams=beams)


def _wire(trees: "_Trees", view: gr.HTML, growing: gr.HTML, opened: gr.State, run: gr.State) -> None:
    running, grown = gr.State(None), gr.State(None)
    view.select(trees.edit, [opened, run], [opened, view], **QUIET)
    # Two events: of one that tells how far it has come the last answer is sent twice, and a tree is large.
    writing = view.submit(
        trees.go_on, opened, [growing, running, grown], concurrency_id="generation", **QUIET
    )
    writing.then(trees.land, [opened, run, grown], [opened, view, grown], **QUIET)
    growing.select(_stop, running, None, queue=False, **QUIET)


class _Trees:
    """The handlers. A fault is told on the page, which keeps what it shows."""

    def __init__(self, services: Services):
        self._services, self._edits = services, Edits(services)

    def page(self, visitor: Visitor, opened: Any, run: Any, place: Any = None) -> str:
        tree = own(visitor, opened)
        node = None if tree is None or run is None else place_of(tree.tree, run, place)
        return self._page(visitor, Edited(tree, node), run)

    def edit(self, request: gr.Request, event: gr.EventData, opened: Any, run: Any) -> tuple[Any, Any]:
        visitor = self._services.identity.visitor(request)
        try:
            done = self._edits.do(visitor, opened, run, event.value)
            return done.opened, self._page(visitor, done, run)
        except Exception as error:
            return gr.skip(), self._page(visitor, Edited(own(visitor, opened)), run, message_of(error))

    def go_on(self, request: gr.Request, event: gr.EventData, opened: Any) -> Iterator[Any]:
        """Status and text for the page, what stops it, and in the end what was written."""
        try:
            visitor = self._services.identity.visitor(request)
            tree, asked = own(visitor, opened), event.value
            decode = going_on(tree, asked)
            running = Stoppable(stream(self._services, visitor, decode))
            moment, title = Moment(decode), strategy_title(decode.strategies[0])
            yield growing_html(moment, title), running, None
            for moment in follow(decode, running.events()):
                if moment.state not in ("done", "stopped"):
                    yield growing_html(moment, title), gr.skip(), gr.skip()
            told, reason = _written(moment)
            found = Grown(tree.id, asked["node"], decode.strategies[0], told, reason)
            yield status_line(moment.state, _ENDS[moment.state], [f"{len(told)} tokens"]), None, found
        except Exception as error:
            yield status_line("failed", message_of(error)), None, None

    def land(self, request: gr.Request, opened: Any, run: Any, grown: Any) -> tuple[Any, Any, None]:
        visitor = self._services.identity.visitor(request)
        try:
            done = self._edits.land(visitor, opened, grown)
            return done.opened, self._page(visitor, done, run), None
        except Exception as error:
            return gr.skip(), self._page(visitor, Edited(own(visitor, opened)), run, message_of(error)), None

    def _page(self, visitor: Visitor, done: Edited, run: Any, fault: str = "") -> str:
        return page_json(self._services.trees.list(visitor.id), done.opened, run, done.selected, fault)


_ENDS = {"done": "Went on", "stopped": "Stopped"}


def _beams(compared: Compared | None) -> Any:
    """The whole log; of a run that was stopped, what it told stays."""
    if compared is None:
        return gr.skip()
    return BeamLog(compared.request).ended(compared.beams, compared.decoded.outcomes)


def _written(moment: Moment) -> tuple[tuple[Any, ...], str]:
    """The tokens of a run of one text, and why it ended; of a stopped one what there is."""
    if moment.decoded is not None:
        (one,) = moment.decoded.outcomes
        return tokens_of(one), one.reason
    growing = moment.texts.get((0, 0))
    return (tokens_of(growing) if growing else ()), ""


def _stop(running: Any) -> None:
    if isinstance(running, Stoppable):
        running.stop()


def _candidates_function(services: Services) -> Callable[..., str]:
    def tree_candidates(data: Any, request: gr.Request) -> str:
        """``{tree, node}`` → the likeliest tokens after this node; a fault as ``{error}``: it is shown in
        place."""
        try:
            visitor = services.identity.visitor(gr.Request(request))
            tree = Edits(services).opened(visitor, _told(data, "tree")).tree
            ids = tree.ids(_told(data, "node"))
            read = ask(services, visitor, ReadRequest(tree.model, tree.prompt, ids, top=_CANDIDATES))
            return candidates_json(read)
        except Exception as error:
            return json.dumps({"error": message_of(error)})

    return tree_candidates


def _file_function(services: Services) -> Callable[..., str]:
    def tree_file(data: Any, request: gr.Request) -> str:
        """``{tree, form}`` (json or text) → ``{file}``; a fault as ``{error}``: it is shown in place."""
        try:
            visitor = services.identity.visitor(gr.Request(request))
            kept = Edits(services).opened(visitor, _told(data, "tree"))
            if _told(data, "form") == "text":
                return json.dumps({"file": as_text(kept.title, kept.tree)})
            file = {"title": kept.title, **as_dict(kept.tree)}
            return json.dumps({"file": json.dumps(file, ensure_ascii=False, indent=1)})
        except Exception as error:
            return json.dumps({"error": message_of(error)})

    return tree_file


def _told(data: Any, name: str) -> Any:
    if not isinstance(data, dict):
        raise SpecError("data", data, f"an object with {name}")
    return data.get(name)
