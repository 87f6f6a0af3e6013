"""One forward pass, looked at: every layer's attention, the residual stream, the loss of each token.

Weights are made, reduced and dropped a block of rows at a time; what stays are the queries and keys, from
which any head's weights are made again when they are asked for: 2 · layers · tokens · width numbers instead
of layers · heads · tokens².
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from pipelines.attention.anatomy import Anatomy, Stack, anatomy_of
from pipelines.attention.answers import Captured, Part, Stream
from pipelines.attention.encode import Read, last_alone, read
from pipelines.attention.hooks import hooked
from pipelines.attention.positions import position_kind, position_tables
from pipelines.attention.reduce import Reducer
from pipelines.attention.requests import Subject
from pipelines.attention.rotation import Rotation, Turns
from pipelines.attention.surprise import surprise
from pipelines.attention.unembed import Head, prediction_head
from pipelines.core.errors import SpecError
from pipelines.models.attention import Call, attending, lets_choose, weighed
from pipelines.models.loader import LoadedModel
from pipelines.runtime.messages import Waiting

WHOLE_TOKENS = 1_024  # of a model whose weights must be taken whole from the library's slow attention
_HALF_FROM = 2_048  # tokens from which what is kept is kept in half precision
_LOSS_ROWS = 128
_POOL = ThreadPoolExecutor(1, thread_name_prefix="capture")  # one at a time: others are answered meanwhile


@dataclass
class Trace:
    """What is kept of a pass. ``calls`` have queries and keys but no values; ``matrices`` hold whole weights
    [heads, n, m] of a model that cannot be asked otherwise. ``hidden`` is, by stack, the residual stream
    before the first layer and after each, [n, d]; ``tables`` what a table of positions added before that, and
    ``rotations`` what RoPE did. ``head`` is None where the way from the stream to logits is unknown. Tensors
    are in half precision for long texts."""

    subject: Subject
    anatomy: Anatomy
    read: Read
    calls: dict[tuple[str, int], Call] = field(default_factory=dict)
    matrices: dict[tuple[str, int], torch.Tensor] = field(default_factory=dict)
    hidden: dict[str, list[torch.Tensor]] = field(default_factory=dict)
    wrote: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # (stack, part or mlp) → norms
    reducers: dict[str, list[Reducer]] = field(default_factory=dict)
    rotations: dict[tuple[str, int], Rotation] = field(default_factory=dict)
    tables: dict[str, torch.Tensor] = field(default_factory=dict)
    logits: torch.Tensor | None = None  # of the last position, [vocabulary]
    head: Head | None = None
    captured: Captured | None = None

    @property
    def bytes(self) -> int:
        kept = [t for call in self.calls.values() for t in (call.query, call.key)]
        kept += [
            *self.matrices.values(),
            *self.tables.values(),
            *(t for rows in self.hidden.values() for t in rows),
        ]
        return sum(t.numel() * t.element_size() for t in kept)

    def weights(self, part: str, layer: int, head: int, rows: slice = slice(None)) -> torch.Tensor:
        """One head's weights, fp32 [rows, keys]. Raises SpecError for a head that does not exist."""
        self.check(part, layer, head)
        if (part, layer) in self.matrices:
            return self.matrices[part, layer][head, rows].float()
        call = self.calls[part, layer]
        rows = slice(*rows.indices(call.query.shape[2]))
        return call.weights(call.scores(rows, head), head)[0, 0]

    def check(self, part: str, layer: int = 0, head: int = 0) -> None:
        found = {one.name: one for one in self.captured.parts}
        if part not in found:
            raise SpecError("part", part, f"{' or '.join(found)} with {self.subject.model}")
        for name, value, count in (("layer", layer, found[part].layers), ("head", head, found[part].heads)):
            if value >= count:
                raise SpecError(name, value, f"0 to {count - 1} with {self.subject.model}")


def trace(loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
    """The :class:`Trace` of a subject. A generator, for ``yield from``: it yields None or Waiting until it is
    there. Raises SpecError for a text that does not fit, GlassworksError for a model without attention."""
    began = time.perf_counter()
    anatomy = anatomy_of(loaded.model, loaded.name)
    found = Trace(subject, anatomy, (yield from read(loaded, subject)))
    if not lets_choose(loaded.model):
        _check_size(loaded, found.read)
    work = _POOL.submit(_forward, loaded, found)
    while not work.done():
        yield Waiting()
    work.result()
    found.captured = _captured(loaded, found, time.perf_counter() - began)
    found.reducers.clear()
    return found


def _check_size(loaded: LoadedModel, tokens: Read) -> None:
    longest = max(len(one.ids) for one in tokens.sequences.values())
    if longest > WHOLE_TOKENS:
        raise SpecError(
            "text",
            f"{longest:,} tokens",
            f"at most {WHOLE_TOKENS:,} tokens with {loaded.name}: its kind gives its weights only whole",
        )


@torch.inference_mode()
def _forward(loaded: LoadedModel, found: Trace) -> None:
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
    if loaded.kind != "encoder":
        found.logits = out.logits[0, -1].float()
        found.head = _trusted(loaded, found)


def _keep(loaded: LoadedModel) -> dict[str, int]:
    return last_alone(loaded) if loaded.kind == "causal-lm" else {}


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
            reducer.add(slice(0, weights.shape[2]), weights[0].float())
            found.matrices[part, number] = weights[0].float()


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


def normed(stack: Stack, hidden: torch.Tensor, like: torch.dtype) -> torch.Tensor:
    """The residual stream after the last norm, as the prediction head reads it."""
    hidden = hidden.to(like)
    return stack.norm(hidden) if stack.norm is not None else hidden


def _trusted(loaded: LoadedModel, found: Trace) -> Head | None:
    """The way from the stream to logits, if it leads to the logits that the model itself gave."""
    head, stack = prediction_head(loaded.model), found.anatomy.last
    if head is None or (
        found.hidden[stack.name][-1].dtype == torch.float16 and loaded.model.dtype != torch.float16
    ):
        return head
    ours = head(normed(stack, found.hidden[stack.name][-1][-1:], loaded.model.dtype))[0].float()
    return head if torch.allclose(ours, found.logits, rtol=1e-2, atol=1e-2) else None


@torch.inference_mode()
def _captured(loaded: LoadedModel, found: Trace, seconds: float) -> Captured:
    loss, ranks = losses(loaded, found)
    return Captured(
        kind=loaded.kind,
        parts=tuple(_part(found, name) for name in found.anatomy.parts),
        streams=tuple(_stream(found, stack) for stack in found.anatomy.stacks),
        positions=position_kind(loaded.model),
        loss=loss,
        ranks=ranks,
        exact=not found.matrices,
        seconds=seconds,
    )


def losses(loaded: LoadedModel, found: Trace) -> tuple[np.ndarray, np.ndarray]:
    """``loss`` and ``ranks`` as in Captured."""
    ids = found.read.last.ids
    loss, ranks = np.full(len(ids), np.nan, np.float32), np.full(len(ids), -1, np.int32)
    if found.head is None or loaded.kind not in ("causal-lm", "seq2seq-lm"):
        return loss, ranks
    stack = found.anatomy.last
    wanted = torch.as_tensor(ids, device=loaded.device).long()
    for first in range(0, len(ids) - 1, _LOSS_ROWS):
        rows = slice(first, min(first + _LOSS_ROWS, len(ids) - 1))
        logits = found.head(normed(stack, found.hidden[stack.name][-1][rows], loaded.model.dtype)).float()
        after = slice(rows.start + 1, rows.stop + 1)
        of_rows, ranks_of_rows = surprise(logits, wanted[after])
        loss[after], ranks[after] = of_rows.cpu(), ranks_of_rows.cpu()
    return loss, ranks


def _part(found: Trace, name: str) -> Part:
    queries, keys = found.read.of_part(name)
    reducers = found.reducers[name]
    first = found.calls.get((name, 0))
    heads = len(reducers[0].measures())
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
        measures=np.stack([one.measures() for one in reducers]),
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
