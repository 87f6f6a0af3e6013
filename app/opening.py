"""What is done when the page is opened: nothing, unless its address is a link. Then one event restores what
the link asks for in its tab; and whatever tab comes into view is read anew, in one event for all its parts.

An event costs the browser with every component that it may change, also where nothing does: with a handler
for every chooser and table, or with one for all tabs at once, the page took seconds longer to be of use. And
Gradio goes through all components that any event before could have changed whenever an event begins, goes on
or ends: a page that a link for all tabs had opened spent five times as long on every event after.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr
from gradio.context import Context
from gradio.helpers import special_args

from app.kept import reading_js

_LOG = logging.getLogger("glassworks")
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class _Handler:
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    def updates(self, request: gr.Request, values: Sequence[Any]) -> list[Any]:
        """One update for each output; a handler that fails changes nothing, and the others go on."""
        try:
            given, *_ = special_args(self.function, list(values), request, None)
            made = self.function(*given)
        except Exception:
            _LOG.warning("a part of the page could not be opened", exc_info=True)
            return [gr.skip()] * len(self.outputs)
        if isinstance(made, dict) and made != gr.skip():
            return [made.get(output, gr.skip()) for output in self.outputs]
        if len(self.outputs) == 1:
            return [made]
        return [made] * len(self.outputs) if made == gr.skip() else list(made)


_REFRESHING: "WeakKeyDictionary[gr.Blocks, dict[Any, list[_Handler]]]" = WeakKeyDictionary()  # by tab
_RESTORING: "WeakKeyDictionary[gr.Blocks, dict[Any, list[_Handler]]]" = WeakKeyDictionary()  # by a tab's id

# The address's query for the tab that it names, and for what stands outside all tabs; else nothing.
_QUERIES_JS = """() => {
  const asked = new URLSearchParams(location.search).get("tab");
  const queries = %s.map((tab) => (tab === null || tab === asked ? location.search : ""));
  return queries.length === 1 ? queries[0] : queries;
}"""


def when_opened(function: Callable[..., Any], inputs: Any, outputs: Any) -> None:
    """Have ``function`` called whenever the tab that is being built comes into view; outside all tabs,
    whenever the page is loaded. An output belongs to one such function alone."""
    handler = _Handler(function, _listed(inputs), _listed(outputs))
    _REFRESHING.setdefault(Context.root_block, {}).setdefault(_tab(), []).append(handler)


def when_linked(function: Callable[..., Any], outputs: Any) -> None:
    """Have ``function`` called once when the page is opened by an address whose query names the tab that is
    being built (``?tab=<id>``), to restore what that asks for; outside all tabs, by any query. It may return
    a value for each output, or a dict of some."""
    handler = _Handler(function, (), _listed(outputs))
    _RESTORING.setdefault(Context.root_block, {}).setdefault(_outermost_id(), []).append(handler)


def rest_when_left(timer: gr.Timer) -> None:
    """Have a timer of the tab that is being built sleep when another tab is chosen. What wakes it again is a
    handler of :func:`when_opened`."""
    tab = _tab()
    if tab is None or not isinstance(tab.parent, gr.Tabs):
        return
    mine = tab.label

    def moved(event: gr.SelectData) -> Any:
        return gr.skip() if event.value == mine else gr.Timer(active=False)

    tab.parent.select(moved, None, timer, **_QUIET)


def holding(update: Any, value: Any) -> Any:
    """An update of a component that puts ``value`` into it as well, unless it brings a value of its own."""
    if isinstance(update, gr.blocks.Block):
        return gr.update(**{"value": value, **update.constructor_args})
    return {"value": value, **update} if isinstance(update, dict) and "__type__" in update else update


def wire_opening(page: gr.Blocks) -> None:
    """The events of a page, once all of it is built."""
    for tab, handlers in _REFRESHING.pop(page, {}).items():
        _wire(page.load if tab is None else tab.select, handlers)
    if restoring := _RESTORING.pop(page, {}):
        queries = [gr.Textbox("", visible=False) for _ in restoring]
        page.load(None, None, queries, js=_QUERIES_JS % json.dumps(list(restoring)))
        for query, handlers in zip(queries, restoring.values(), strict=True):
            _wire(query.change, handlers)


def _wire(event: Callable[..., Any], handlers: Sequence[_Handler]) -> None:
    inputs = [one for handler in handlers for one in handler.inputs]
    outputs = [one for handler in handlers for one in handler.outputs]
    if len({id(one) for one in outputs}) < len(outputs):
        raise ValueError("two handlers of one opening have the same output")
    event(_all(handlers), inputs, outputs, js=reading_js(inputs), **_QUIET)


def _all(handlers: Sequence[_Handler]) -> Callable[..., Any]:
    def opened(request: gr.Request, *values: Any) -> Any:
        updates, at = [], 0
        for handler in handlers:
            updates += handler.updates(request, values[at : at + len(handler.inputs)])
            at += len(handler.inputs)
        return updates if len(updates) != 1 else updates[0]  # a list would be the one output's value

    return opened


def _listed(components: Any) -> tuple[Any, ...]:
    if components is None:
        return ()
    return tuple(components) if isinstance(components, (list, tuple)) else (components,)


def _tab() -> gr.Tab | None:
    """The tab that is being built, the innermost."""
    block = Context.block
    while block is not None and not isinstance(block, gr.Tab):
        block = block.parent
    return block


def _outermost_id() -> Any:
    """The id of the tab of the page that is being built; None outside all tabs."""
    block, found = Context.block, None
    while block is not None:
        found = block.id if isinstance(block, gr.Tab) else found
        block = block.parent
    return found
