"""RoPE: how far each pair of dimensions of a query or key is turned at each position, and the vectors before.

Which dimensions make a pair differs between families, and so does whether all of them turn. Both are read off
the library's own function, and a rotation counts only where it is proven: the last query, turned back, must
point where the layer's projection (or a norm) pointed. Layers that turn nothing fail that by themselves.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import signature
from typing import Any

import torch
from torch import nn

from pipelines.attention.anatomy import Anatomy
from pipelines.models.attention import Call

Turn = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # vectors, cos, sin → turned
_ALONG = 0.9999  # the cosine of two vectors that count as the same direction


@dataclass(frozen=True)
class Rotation:
    """``turn`` takes vectors [1, heads, n, width] with ``cos`` and ``sin`` as the model made them."""

    turn: Turn
    cos: torch.Tensor
    sin: torch.Tensor
    width: int

    @cached_property
    def pairs(self) -> torch.Tensor:
        """[k, 2]: a positive angle turns the first dimension towards the second. By a right angle, then."""
        cos, sin = (given[..., :1, :] for given in (self.cos, self.sin))
        each = torch.eye(self.width, dtype=cos.dtype, device=cos.device)[None, :, None]
        turned = self.turn(each, torch.zeros_like(cos), torch.ones_like(sin))[0, :, 0]
        turned.fill_diagonal_(0)  # dimensions that stay
        return (turned > 0).nonzero()

    @cached_property
    def _ends(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the first of each pair goes, along itself and along the second: [n, k] each."""
        first, second = self.pairs.T
        n = self.cos.shape[-2]
        unit = torch.zeros(self.width, dtype=self.cos.dtype, device=self.cos.device)
        unit[first] = 1
        turned = self.turn(unit.expand(1, 1, n, -1), self.cos, self.sin)[0, 0].float()
        return turned[:, first], turned[:, second]

    @cached_property
    def angles(self) -> torch.Tensor:
        """[n, k], in radians, between -π and π."""
        along, across = self._ends
        return torch.atan2(across, along)

    def undone(self, vectors: torch.Tensor, rows: slice = slice(None)) -> torch.Tensor:
        """Vectors [rows, width] as they were before they were turned (and lengthened, with YaRN)."""
        along, across = (end[rows] for end in self._ends)
        first, second = self.pairs.T
        one, other = vectors[:, first], vectors[:, second]
        plain = vectors.clone()
        plain[:, first] = (one * along + other * across) / (along**2 + across**2)
        plain[:, second] = (other * along - one * across) / (along**2 + across**2)
        return plain


class Turns:
    """Sees during a pass what attention is turned by, and what its maps write for the last token. ``given``
    and ``after`` are its hooks."""

    def __init__(self, anatomy: Anatomy):
        self._outer: dict[int, int] = {}  # id of a module → id of the attention that it belongs to
        self._by: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._wrote: dict[int, list[torch.Tensor]] = {}
        self._known: list[Rotation] = []
        self.given, self.after = [], []
        for stack in anatomy.stacks:
            for layer in stack.layers:
                for part, attends in layer.attends.items():
                    if part != "cross":
                        self._watch(attends)

    def of(self, call: Call) -> Rotation | None:
        """The rotation of the attention that is being done, None where it has none that is proven."""
        outer = self._outer.get(id(call.module), 0)
        by, wrote = self._by.pop(outer, None), self._wrote.pop(outer, [])
        turn = _turn_of(type(call.module).__module__)
        if by is None or turn is None:
            return None
        found = self._rotation(turn, *by, call.query.shape[-1])
        try:
            plain = found.undone(call.query[0, 0, -1:].float(), slice(-1, None))
        except (RuntimeError, IndexError, TypeError):  # its function wants other things than we know of
            return None
        return found if any(_holds(row, plain[0]) for row in wrote) else None

    def _rotation(self, turn: Turn, cos: torch.Tensor, sin: torch.Tensor, width: int) -> Rotation:
        """One for all layers that are turned by the same."""
        for one in self._known:
            if one.cos is cos and one.turn is turn and one.width == width:
                return one
        self._known.append(Rotation(turn, cos, sin, width))
        return self._known[-1]

    def _watch(self, attends: nn.Module) -> None:
        outer = id(attends)
        for inner in attends.modules():
            self._outer[id(inner)] = outer
            self.given.append((inner, lambda named: self._turned_by(outer, named)))
            if inner is not attends:
                self.after.append((inner, lambda output: self._last(outer, output)))

    def _turned_by(self, outer: int, named: dict[str, Any]) -> None:
        by = named.get("position_embeddings")
        if isinstance(by, tuple) and len(by) == 2 and all(isinstance(one, torch.Tensor) for one in by):
            self._by[outer] = by

    def _last(self, outer: int, output: Any) -> None:
        """Of the last token: [1, n, …], or [1, heads, n, …]."""
        if not isinstance(output, torch.Tensor) or output.ndim < 3:
            return
        rows = self._wrote.setdefault(outer, [])
        rows.append(output[0, -1].flatten().float().clone())
        if output.ndim == 4:
            rows.append(output[0, :, -1].flatten().float().clone())


@cache
def _turn_of(module: str) -> Turn | None:
    """The function with which the library's module of this name turns queries."""
    function = getattr(sys.modules[module], "apply_rotary_pos_emb", None)
    if function is None:
        return None
    single = list(signature(function).parameters)[1] == "cos"

    def turn(vectors: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        def whole(given: torch.Tensor) -> torch.Tensor:
            return function(given, cos, sin) if single else function(given, given, cos, sin)[0]

        try:
            return whole(vectors)
        except RuntimeError:  # some turn the first dimensions alone, and cut off the others beforehand
            size = cos.shape[-1]
            return torch.cat([whole(vectors[..., :size]), vectors[..., size:]], -1)

    return turn


def _holds(row: torch.Tensor, vector: torch.Tensor) -> bool:
    """Whether one of the heads that the row is cut into has the vector's direction: a norm may follow."""
    if row.numel() % vector.numel():
        return False
    return bool(torch.cosine_similarity(row.view(-1, vector.numel()), vector[None]).max() > _ALONG)
