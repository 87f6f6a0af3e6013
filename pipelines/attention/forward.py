"""One forward pass, looked at: every layer's attention, the residual stream, the way to the logits.

Weights are made, reduced and dropped a block of rows at a time.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from pipelines.attention.hooks import hooked
from pipelines.attention.positions import position_tables
from pipelines.attention.reduce import Reducer
from pipelines.attention.rotation import Turns
from pipelines.attention.trace import Trace, normed
from pipelines.core.errors import SpecError
from pipelines.models.attention import Call, attending, lets_choose, weighed
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel
from pipelines.models.unembed import Head, agrees, prediction_head

_HALF_FROM = 2_048  # tokens from which what is kept is kept in half precision


@torch.inference_mode()
def run_watched(loaded: LoadedModel, found: Trace) -> None:
    """Fill in what the pass shows."""
    inputs = found.read.inputs(loaded)
    after, before = _watched(found)
    turns = Turns(found.anatomy)
    for name, table in position_tables(loaded.model):
        after.append((table, partial(_keep_rows, found.tables, name)))
    with hooked([*after, *turns.after], before, turns.given), attending(_Watch(loaded, found, turns)):
        if lets_choose(loaded.model):
            out = loaded.model(**inputs, use_cache=False, **_keep(loaded))
        else:
            out = loaded.model(**inputs, use_cache=False, output_attentions=True, **_keep(loaded))
            _take_whole(loaded, found, out)
    if loaded.says_tokens:
        found.logits = out.logits[0, -1].float()
        found.head = _trusted(loaded, found)


def _keep(loaded: LoadedModel) -> dict[str, int]:
    return last_rows(loaded.model) if loaded.kind == "causal-lm" else {}


class _Watch:
    """Does a layer's attention a block of rows at a time, and keeps what is wanted of it."""

    def __init__(self, loaded: LoadedModel, found: Trace, turns: Turns):
        self._found, self._device, self._turns = found, loaded.device, turns

    def __call__(self, call: Call) -> torch.Tensor:
        part = self._found.anatomy.part_of[id(call.module)]
        reducer = new_reducer(self._found, part, call.query.shape[1], self._device)
        written = []
        for rows, weights in weighed(call, reducer.cell):
            reducer.add(rows, weights[0])
            written.append(call.output(weights))
        place = part, len(self._found.reducers[part]) - 1
        self._found.calls[place] = _kept(call)
        if rotation := self._turns.of(call):
            self._found.rotations[place] = rotation
        return torch.cat(written, 2)


def new_reducer(found: Trace, part: str, heads: int, device: torch.device) -> Reducer:
    queries, keys = (torch.as_tensor(t.ids, device=device) for t in found.read.of_part(part))
    made = Reducer(heads, queries, keys, part != "cross")
    found.reducers.setdefault(part, []).append(made)
    return made


def _kept(call: Call) -> Call:
    small = call.query.shape[2] > _HALF_FROM
    query, key = (t.half() if small else t.clone() for t in (call.query, call.key))
    return replace(call, query=query, key=key, value=None)


def _take_whole(loaded: LoadedModel, found: Trace, out: Any) -> None:
    """The weights that the library's slow attention hands out."""
    named = {"self": "attentions", "encoder": "encoder_attentions", "decoder": "decoder_attentions"}
    for part in found.anatomy.parts:
        layers = getattr(out, named.get(part, "cross_attentions"), None) or ()
        if len(layers) != found.anatomy.of_part(part).depth:
            raise SpecError("model", loaded.name, "a model of a kind that shows its attention weights")
        for number, weights in enumerate(layers):
            reducer = new_reducer(found, part, weights.shape[1], loaded.device)
            found.matrices[part, number] = weights[0].float()
            reducer.add(slice(0, weights.shape[2]), found.matrices[part, number])


def _watched(found: Trace) -> tuple[list[Any], list[Any]]:
    """Hooks that keep the residual stream, and how long the vectors are that are written to it."""
    after, before = [], []
    for stack in found.anatomy.stacks:
        stream = found.hidden.setdefault(stack.name, [])

        def began(hidden: torch.Tensor, stream: list[torch.Tensor] = stream) -> None:
            if not stream:
                stream.append(_plain(hidden))

        def went(hidden: torch.Tensor, stream: list[torch.Tensor] = stream) -> None:
            stream.append(_plain(hidden))

        before.append((stack.layers[0].module, began))
        for layer in stack.layers:
            after.append((layer.module, went))
            for part, module in layer.writes.items():
                norms = found.wrote.setdefault((stack.name, part), [])
                after.append((module, _measuring(norms)))
    return after, before


def _measuring(norms: list[float]) -> Any:
    return lambda written: norms.append(float(written.float().norm(dim=-1).mean()))


def _keep_rows(tables: dict[str, torch.Tensor], name: str, rows: torch.Tensor) -> None:
    tables[name] = _plain(rows)


def _plain(hidden: torch.Tensor) -> torch.Tensor:
    """[n, d], kept apart from what the pass goes on with."""
    one = hidden[0] if hidden.ndim == 3 else hidden
    return one.half() if len(one) > _HALF_FROM else one.clone()


def _trusted(loaded: LoadedModel, found: Trace) -> Head | None:
    """The way from the stream to logits, if it leads to the logits that the model itself gave."""
    head, stack = prediction_head(loaded.model), found.anatomy.last
    if head is None or (
        found.hidden[stack.name][-1].dtype == torch.float16 and loaded.model.dtype != torch.float16
    ):
        return head
    states = normed(stack, found.hidden[stack.name][-1][-1:], loaded.model.dtype)
    return head if agrees(head, states, found.logits[None]) else None
