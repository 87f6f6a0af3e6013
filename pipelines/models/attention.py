"""One attention function for every model whose library code lets it be chosen: the library's fast one, unless
the request that is being answered has asked to see or change what happens (:func:`attending`).

A model is loaded with it and never switched, so that requests cannot get in each other's way: what one of
them wants is in a context variable of its own, set around its forward pass alone.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

NAME = "glassworks"
_AT_ONCE = 990_000  # weights that are in memory at a time


@dataclass(frozen=True)
class Call:
    """One layer's attention: query [b, heads, n, d], key and value [b, kv heads, m, d]; ``mask`` is True
    where a query may look, [b, 1, n, m], or None where it may everywhere; ``bias`` is added to the scores;
    ``sinks`` [heads] are scores of no token (gpt-oss)."""

    module: torch.nn.Module
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    mask: torch.Tensor | None
    bias: torch.Tensor | None
    scaling: float
    softcap: float | None
    sinks: torch.Tensor | None

    @cached_property
    def groups(self) -> int:
        """Query heads for each key head."""
        return self.query.shape[1] // self.key.shape[1]

    def row_blocks(self, multiple: int = 1) -> Iterator[slice]:
        """The queries in blocks whose weights fit in memory; all but the last are a multiple of this high."""
        b, heads, n, _ = self.query.shape
        height = max(1, _AT_ONCE // (b * heads * self.key.shape[2] * multiple)) * multiple
        for first in range(0, n, height):
            yield slice(first, min(first + height, n))

    def seen(self, rows: slice) -> int:
        """How many keys, from the first on, there are up to the last that any of these queries may see."""
        if self.mask is None or self.mask.shape[2] == 1:
            return self.key.shape[2]
        any_of_them = self.mask[:, :, rows].flatten(0, 2).any(0).nonzero()
        return int(any_of_them[-1]) + 1 if len(any_of_them) else self.key.shape[2]

    def scores(self, rows: slice, head: int | None = None, seen: int | None = None) -> torch.Tensor:
        """Before the softmax, [b, heads, rows, m]; with ``head`` of that one alone, [b, 1, rows, m]; with
        ``seen`` of so many keys. Where a query may not look stands the lowest number of the type."""
        keys = slice(seen)
        query, key = self.query[:, :, rows], self._spread(self.key[:, :, keys])
        bias = self.bias
        if head is not None:
            one = slice(head, head + 1)
            query, key = query[:, one], key[:, one]
            bias = bias[:, one] if bias is not None and bias.shape[1] > 1 else bias
        scores = torch.matmul(query, key.transpose(2, 3)).mul_(self.scaling)
        if self.softcap is not None:
            scores = scores.div_(self.softcap).tanh_() * self.softcap  # a gradient needs the tanh itself
        if bias is not None:
            scores = scores + (bias if bias.shape[2] == 1 else bias[:, :, rows])[..., keys]
        if self.mask is not None:
            allowed = (self.mask if self.mask.shape[2] == 1 else self.mask[:, :, rows])[..., keys]
            scores = scores.masked_fill_(~allowed, torch.finfo(scores.dtype).min)
        return scores

    def weights(self, scores: torch.Tensor, head: int | None = None) -> torch.Tensor:
        """The softmax of scores, in fp32; with sinks the rows come to less than 1."""
        if self.sinks is None:
            return scores.float().softmax(-1)
        sinks = self.sinks if head is None else self.sinks[head : head + 1]
        sinks = sinks.reshape(1, -1, 1, 1).expand(*scores.shape[:-1], 1)
        return torch.cat([scores, sinks], -1).float().softmax(-1)[..., :-1]

    def output(self, weights: torch.Tensor) -> torch.Tensor:
        """What the heads write, [b, heads, rows, d]; of as many values as there are weights for."""
        value = self.value[:, :, : weights.shape[-1]]
        return torch.matmul(weights.to(value.dtype), self._spread(value))

    def _spread(self, heads: torch.Tensor) -> torch.Tensor:
        """One for each query head; no copy where each has its own."""
        if self.groups == 1:
            return heads
        b, g, m, d = heads.shape
        return heads[:, :, None].expand(b, g, self.groups, m, d).reshape(b, g * self.groups, m, d)


Attend = Callable[[Call], torch.Tensor]  # → what the heads write, [b, heads, n, d]
_ATTEND: ContextVar[Attend | None] = ContextVar("attend", default=None)


@contextmanager
def attending(attend: Attend) -> Iterator[None]:
    """Within, each attention of a model loaded with :data:`NAME` is done by ``attend``, in this context
    alone."""
    token = _ATTEND.set(attend)
    try:
        yield
    finally:
        _ATTEND.reset(token)


def plainly(call: Call) -> torch.Tensor:
    """Attention as the library's slow one does it, a block of rows at a time."""
    return torch.cat([call.output(weights) for _, weights in weighed(call)], 2)


def weighed(call: Call, multiple: int = 1) -> Iterator[tuple[slice, torch.Tensor]]:
    """Rows with their weights [b, heads, rows, keys], as many keys as they may see."""
    for rows in call.row_blocks(multiple):
        yield rows, call.weights(call.scores(rows, seen=call.seen(rows)))


def prepare(model: PreTrainedModel) -> None:
    """Have a model that nobody shares yet attend through this module; one that does not let it be chosen
    gets the library's slow attention, because with the fast one some families (Falcon) cease to be causal
    when they are asked for their weights."""
    if lets_choose(model):
        model.set_attn_implementation(NAME)
    else:  # the setter refuses some of these families, which read the name anew at every pass
        model.config._attn_implementation = "eager"


def lets_choose(model: PreTrainedModel) -> bool:
    """Whether a model's own code asks the library's table for its attention function."""
    own = (base for base in type(model).__mro__ if base is not PreTrainedModel)
    found = (sys.modules[base.__module__] for base in own if issubclass(base, PreTrainedModel))
    return any(hasattr(module, "ALL_ATTENTION_FUNCTIONS") for module in found)


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    softcap: float | None = None,
    position_bias: torch.Tensor | None = None,
    s_aux: torch.Tensor | None = None,
    **given: Any,
) -> tuple[torch.Tensor, None]:
    """The library's interface. The second value would be the weights: nobody asks for them this way."""
    attend = _ATTEND.get()
    if attend is None and softcap is None and s_aux is None:
        found, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, position_bias=position_bias, **given
        )
        return found, None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    mask, bias = _split(attention_mask, position_bias)
    if mask is None and _causal(module, query, given):
        n, m = query.shape[2], key.shape[2]
        mask = torch.ones(n, m, dtype=torch.bool, device=query.device).tril(m - n)[None, None]
    call = Call(module, query, key, value, mask, bias, scale, softcap, s_aux)
    return (attend or plainly)(call).transpose(1, 2).contiguous(), None


def _causal(module: torch.nn.Module, query: torch.Tensor, given: dict[str, Any]) -> bool:
    """As the library reads it: a missing mask means causal only where the module says so."""
    said = given.get("is_causal")
    return query.shape[2] > 1 and bool(getattr(module, "is_causal", True) if said is None else said)


def _split(
    mask: torch.Tensor | None, bias: torch.Tensor | None
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """A mask of numbers is a bias with the lowest number where nobody may look."""
    if mask is None or mask.dtype == torch.bool:
        return mask, bias
    allowed = mask > torch.finfo(mask.dtype).min / 2
    if bool((mask[allowed] == 0).all()):
        return allowed, bias
    return allowed, mask if bias is None else bias + mask


def _mask(*sizes: Any, **given: Any) -> torch.Tensor | None:
    """Without a mask function of its own, a model would silently cease to be causal."""
    if _ATTEND.get() is not None:
        given["allow_is_causal_skip"] = given["allow_is_bidirectional_skip"] = False
    return sdpa_mask(*sizes, **given)


AttentionInterface.register(NAME, _attention)
AttentionMaskInterface.register(NAME, _mask)
