"""The same text in two related models: where their heads look elsewhere. Works on two traces."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from pipelines.attention.answers import Difference, Part, Tokens
from pipelines.attention.trace import Trace
from pipelines.core.errors import GlassworksError

_ROWS = 128  # queries that are compared at once
_SCALE = 127


def difference(one: Trace, other: Trace) -> Iterator[Any]:
    """A :class:`Difference`; a generator that yields None after some rows of a layer.

    Raises GlassworksError, saying what differs, for models whose heads do not stand beside each other: other
    parts, layers or heads, or a text that is cut into other tokens.
    """
    parts = one.captured.parts
    check_alike(one, other)
    changes, distances = [], []
    for part, beside in zip(parts, other.captured.parts, strict=True):
        changes.append(_change(part, beside))
        moved = np.zeros((part.layers, part.heads))
        for layer in range(part.layers):
            for first in range(0, len(part.queries.ids), _ROWS):
                moved[layer] += _moved(one, other, part.name, layer, slice(first, first + _ROWS))
                yield None
        distances.append((moved / len(part.queries.ids)).astype(np.float32))
    return Difference(one.captured, other.captured, tuple(changes), tuple(distances))


def check_alike(one: Trace, other: Trace) -> None:
    """Raise GlassworksError unless both have the same parts, layers and heads, and read the same tokens."""
    ours, theirs = ({part.name: part for part in found.captured.parts} for found in (one, other))
    if list(ours) != list(theirs):
        kinds = [f"{', '.join(parts)} attention" for parts in (ours, theirs)]
        raise _unlike(one, other, f"the first has {kinds[0]}, the other {kinds[1]}")
    for name, part in ours.items():
        for noun in ("layers", "heads"):
            here, there = getattr(part, noun), getattr(theirs[name], noun)
            if here != there:
                where = "" if name == "self" else f" of {name} attention"
                raise _unlike(one, other, f"the first has {here} {noun}{where}, the other {there}")
        for side in ("queries", "keys"):
            _check_tokens(one, other, getattr(part, side), getattr(theirs[name], side))


def _check_tokens(one: Trace, other: Trace, ours: Tokens, theirs: Tokens) -> None:
    if np.array_equal(ours.ids, theirs.ids):
        return
    shorter = min(len(ours.ids), len(theirs.ids))
    unlike = np.flatnonzero(ours.ids[:shorter] != theirs.ids[:shorter])
    at = int(unlike[0]) if len(unlike) else shorter
    wrote = ours.generated or theirs.generated
    if wrote and at >= min(len(tokens.ids) - tokens.generated for tokens in (ours, theirs)):
        raise _unlike(one, other, "each writes a text of its own. Let none be written, or say what is read")
    here, there = (repr(t.texts[at]) if at < len(t.ids) else "its end" for t in (ours, theirs))
    raise _unlike(
        one,
        other,
        f"they cut the text into other tokens: number {at} is {here} in the first, {there} in the other",
    )


def _unlike(one: Trace, other: Trace, why: str) -> GlassworksError:
    names = f"{one.subject.model} and {other.subject.model}"
    return GlassworksError(f"{names} cannot be laid beside each other head by head: {why}.")


def _change(part: Part, beside: Part) -> np.ndarray:
    ours, theirs = ((one.thumbnails / np.float32(255)) ** 2 for one in (part, beside))
    return np.rint(_SCALE * (theirs - ours)).astype(np.int8)


@torch.inference_mode()
def _moved(one: Trace, other: Trace, part: str, layer: int, rows: slice) -> np.ndarray:
    """[heads]: the mass that looks elsewhere, summed over some queries. What a learnt sink takes counts as
    one more key."""
    apart = _weights(other, part, layer, rows) - _weights(one, part, layer, rows)
    return ((apart.abs().sum(-1) + apart.sum(-1).abs()).sum(-1) / 2).double().cpu().numpy()


def _weights(found: Trace, part: str, layer: int, rows: slice) -> torch.Tensor:
    """All heads of a layer, fp32 [heads, rows, keys]."""
    if (part, layer) in found.matrices:
        return found.matrices[part, layer][:, rows].float()
    call = found.calls[part, layer]
    return call.weights(call.scores(slice(*rows.indices(call.query.shape[2]))))[0].float()
