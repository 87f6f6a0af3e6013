"""Hooks that know which layer they are at, also where layers share their weights."""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import torch
from torch import nn

Act = Callable[[int, torch.Tensor], torch.Tensor | None]


def numbered(modules: Iterable[nn.Module], act: Act) -> list[tuple[nn.Module, Any]]:
    """Pairs for :func:`~pipelines.attention.hooks.hooked`, for one forward pass: ``act(layer, tensor)`` at
    each of the modules, one a layer in the order of the layers. What is counted is passages, so that a module
    that is gone through more than once is another layer each time."""
    passed = count()

    def at_next(tensor: torch.Tensor) -> torch.Tensor | None:
        return act(next(passed), tensor)

    return [(module, at_next) for module in {id(one): one for one in modules}.values()]
