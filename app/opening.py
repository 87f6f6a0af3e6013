"""What is done when the page is opened, all in two events: one that reads anew what may have changed since
the server started, one that restores what a link asks for.

Each event of its own costs the browser up to a tenth of a second of drawing, and with a handler for every
chooser and table the page took seconds longer until it could be used.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr
from gradio.context import Context
from gradio.helpers import special_args

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


_REFRESHING: "WeakKeyDictionary[gr.Blocks, list[_Handler]]" = WeakKeyDictionary()
_RESTORING: "WeakKeyDictionary[gr.Blocks, list[_Handler]]" = WeakKeyDictionary()


def when_opened(function: Callable[..., Any], inputs: Any, outputs: Any) -> None:
    """Have ``function`` called whenever the page that is being built is loaded, and whenever the tab that is
    being built is selected. An output belongs to one such function alone."""
    _add(_REFRESHING, function, inputs, outputs)
    if tab := _tab():
        tab.select(function, inputs, outputs, **_QUIET)


def when_linked(function: Callable[..., Any], outputs: Any) -> None:
    """Have ``function`` called whenever the page is loaded, to restore what its address asks for, with all
    that follows from it: an event that comes after another makes the visitor wait once more. It may return a
    value for each output, or a dict of some."""
    _add(_RESTORING, function, None, outputs)


def holding(update: Any, value: Any) -> Any:
    """An update of a component that puts ``value`` into it as well, unless it brings a value of its own."""
    if isinstance(update, gr.blocks.Block):
        return gr.update(**{"value": value, **update.constructor_args})
    return {"value": value, **update} if isinstance(update, dict) and "__type__" in update else update


def wire_opening(page: gr.Blocks) -> None:
    """The events of a page, once all of it is built."""
    for kept in (_REFRESHING, _RESTORING):
        if handlers := kept.pop(page, []):
            inputs = [one for handler in handlers for one in handler.inputs]
            outputs = [one for handler in handlers for one in handler.outputs]
            if len({id(one) for one in outputs}) < len(outputs):
                raise ValueError("two handlers of the page's opening have the same output")
            page.load(_all(handlers), inputs, outputs, **_QUIET)


def _all(handlers: Sequence[_Handler]) -> Callable[..., list[Any]]:
    def opened(request: gr.Request, *values: Any) -> list[Any]:
        updates, at = [], 0
        for handler in handlers:
            updates += handler.updates(request, values[at : at + len(handler.inputs)])
            at += len(handler.inputs)
        return updates

    return opened


def _add(kept: Any, function: Callable[..., Any], inputs: Any, outputs: Any) -> None:
    handler = _Handler(function, _listed(inputs), _listed(outputs))
    kept.setdefault(Context.root_block, []).append(handler)


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
