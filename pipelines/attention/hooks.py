"""Hooks on the modules of a shared model that act in one context alone: another request's forward pass goes
through the same modules untouched."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import nn

_CURRENT: ContextVar[tuple[object, ...]] = ContextVar("hooked", default=())


@contextmanager
def hooked(
    after: Iterable[tuple[nn.Module, Callable[[Any], Any]]],
    before: Iterable[tuple[nn.Module, Callable[[Any], Any]]] = (),
    given: Iterable[tuple[nn.Module, Callable[[dict[str, Any]], None]]] = (),
) -> Iterator[None]:
    """Within, and in this context only: ``after`` gets a module's output (a tensor, or the first of a tuple),
    ``before`` its first input; each may return another tensor to go on with, or None. ``given`` is told a
    module's inputs by name."""
    mine = object()
    handles = [m.register_forward_hook(_after(mine, f)) for m, f in after]
    handles += [m.register_forward_pre_hook(_before(mine, f), with_kwargs=True) for m, f in before]
    handles += [m.register_forward_pre_hook(_given(mine, f), with_kwargs=True) for m, f in given]
    token = _CURRENT.set((*_CURRENT.get(), mine))
    try:
        yield
    finally:
        _CURRENT.reset(token)
        for handle in handles:
            handle.remove()


def _after(mine: object, function: Callable[[Any], Any]) -> Callable[..., Any]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        if mine not in _CURRENT.get():
            return None
        several = isinstance(output, tuple)
        changed = function(output[0] if several else output)
        if changed is None:
            return None
        return (changed, *output[1:]) if several else changed

    return hook


def _given(mine: object, function: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        if mine in _CURRENT.get():
            function(named)

    return hook


def _before(mine: object, function: Callable[[Any], Any]) -> Callable[..., Any]:
    def hook(_module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if mine not in _CURRENT.get():
            return None
        name = None if inputs else "hidden_states"
        changed = function(inputs[0] if inputs else named[name])
        if changed is None:
            return None
        return ((changed, *inputs[1:]), named) if inputs else (inputs, {**named, name: changed})

    return hook
