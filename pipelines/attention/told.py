"""From a trace to what is told of it at a glance: arrays with named axes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from pipelines.attention.anatomy import Stack
from pipelines.attention.answers import Captured, Part, Stream
from pipelines.attention.positions import position_kind
from pipelines.attention.surprise import surprise
from pipelines.attention.trace import Trace, normed
from pipelines.models.loader import LoadedModel

_LOSS_ROWS = 64


@torch.inference_mode()
def tell(loaded: LoadedModel, found: Trace, loss: np.ndarray, ranks: np.ndarray, seconds: float) -> Captured:
    """Once the pass is done and the losses are known; ``seconds`` is how long it took."""
    return Captured(
        kind=loaded.kind if loaded.says_tokens else "encoder",  # whatever its head says of the whole
        parts=tuple(_part(found, name) for name in found.anatomy.parts),
        streams=tuple(_stream(found, stack) for stack in found.anatomy.stacks),
        positions=position_kind(loaded.model),
        loss=loss,
        ranks=ranks,
        exact=not found.matrices,
        seconds=seconds,
    )


def losses(loaded: LoadedModel, found: Trace) -> Iterator[Any]:
    """``loss`` and ``ranks`` as in Captured; None is yielded for each block of rows."""
    ids = found.read.last.ids
    loss, ranks = np.full(len(ids), np.nan, np.float32), np.full(len(ids), -1, np.int32)
    if found.head is None or loaded.kind not in ("causal-lm", "seq2seq-lm"):
        return loss, ranks
    stack = found.anatomy.last
    wanted = torch.as_tensor(ids, device=loaded.device).long()
    for first in range(0, len(ids) - 1, _LOSS_ROWS):
        rows = slice(first, min(first + _LOSS_ROWS, len(ids) - 1))
        after = slice(rows.start + 1, rows.stop + 1)
        with torch.inference_mode():
            hidden = normed(stack, found.hidden[stack.name][-1][rows], loaded.model.dtype)
            of_rows, ranks_of_rows = surprise(found.head(hidden).float(), wanted[after])
            loss[after], ranks[after] = of_rows.cpu(), ranks_of_rows.cpu()
        yield None
    return loss, ranks


def _part(found: Trace, name: str) -> Part:
    queries, keys = found.read.of_part(name)
    reducers = found.reducers[name]
    first = found.calls.get((name, 0))
    measures = np.stack([one.measures() for one in reducers])
    heads = measures.shape[1]
    return Part(
        name=name,
        queries=queries,
        keys=keys,
        layers=len(reducers),
        heads=heads,
        kv_heads=first.key.shape[1] if first else heads,
        causal=name == "decoder" or (name == "self" and _is_causal(found)),
        cell=reducers[0].cell,
        thumbnails=np.stack([one.thumbnails() for one in reducers]),
        measures=measures,
        windows=np.array([_window(found, name, layer) for layer in range(len(reducers))], np.int32),
    )


def _is_causal(found: Trace) -> bool:
    if call := found.calls.get(("self", 0)):
        return call.mask is not None and not bool(call.mask[0, 0].triu(1).any())
    return not bool(found.matrices["self", 0].triu(1).any())


def _window(found: Trace, part: str, layer: int) -> int:
    """The sliding window of a layer in tokens, by what its module says, else by its mask."""
    call = found.calls.get((part, layer))
    if call is None or part == "cross":
        return 0
    if isinstance(told := getattr(call.module, "sliding_window", None), int) and told > 0:
        return told
    if call.mask is None or call.mask.shape[2] == 1:
        return 0
    seen = int(call.mask[0, 0, -1].sum())
    return seen if seen < call.mask.shape[3] else 0


def _stream(found: Trace, stack: Stack) -> Stream:
    def wrote(part: str) -> np.ndarray:
        return np.array(found.wrote.get((stack.name, part), []), np.float32)

    residual = [float(rows.float().norm(dim=-1).mean()) for rows in found.hidden[stack.name]]
    own = next(part for part in stack.layers[0].attends if part != "cross")
    return Stream(stack.name, np.array(residual, np.float32), wrote(own), wrote("cross"), wrote("mlp"))
