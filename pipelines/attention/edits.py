"""Interventions at work: for one forward pass and in one context alone, what they name is switched off.

Heads, and who sees whom, are changed inside the attention where the model lets it be chosen. Elsewhere a head
is a slice of what goes into the map that writes to the residual stream, and who sees whom stays as it is.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from pipelines.attention.anatomy import Anatomy
from pipelines.attention.encode import Read
from pipelines.attention.hiding import attend_hiding
from pipelines.attention.hooks import hooked
from pipelines.attention.interventions import Intervention
from pipelines.attention.numbered import numbered
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.attention import Call, attending, lets_choose
from pipelines.models.loader import LoadedModel

_MASKS = ("block", "local")


@dataclass(frozen=True)
class Edits:
    """``interventions`` that exist in this model; ``heads`` is how many a part has, ``inside`` whether its
    attention can be chosen."""

    anatomy: Anatomy
    heads: dict[str, int]
    inside: bool
    interventions: tuple[Intervention, ...] = ()

    @contextmanager
    def during(self, seen: int = 0) -> Iterator[None]:
        """Within: one forward pass with the changes. ``seen`` tokens of the sequence came before it and are
        in the cache, so that places are counted from the text's first token."""
        with hooked(self._silenced(), self._cut()), attending(_Changed(self, seen)):
            yield

    def _silenced(self) -> list[Any]:
        """Whole sub-layers: what they write is zero, biases included. Where a norm follows the sum, as in
        BERT, the layer is then the norm of what came in."""
        found = []
        for stack in self.anatomy.stacks:
            for written in stack.layers[0].writes:
                if off := {one.layer for one in self.interventions if _writes(one, stack.name) == written}:
                    writers = [layer.writes[written] for layer in stack.layers]
                    found += numbered(writers, _zeros_at(off))
        return found

    def _cut(self) -> list[Any]:
        """Heads of a model whose attention cannot be chosen."""
        if self.inside:
            return []
        found = []
        for part, count in self.heads.items():
            if off := [(o.layer, o.head) for o in self.interventions if o.kind == "head" and o.part == part]:
                writers = [layer.writes[part] for layer in self.anatomy.of_part(part).layers]
                found += numbered(writers, _slices_at(off, count))
        return found


def edits_of(loaded: LoadedModel, anatomy: Anatomy, tokens: Read, asked: tuple[Intervention, ...]) -> Edits:
    """Raises SpecError, with the range, for what this model or this text has not; GlassworksError for what
    cannot be changed in a model of this kind."""
    edits = Edits(anatomy, heads_of(loaded, anatomy), lets_choose(loaded.model), asked)
    for one in asked:
        _check(loaded, edits, tokens, one)
    return edits


def heads_of(loaded: LoadedModel, anatomy: Anatomy) -> dict[str, int]:
    """Query heads by part."""
    config = loaded.model.config if len(anatomy.stacks) > 1 else loaded.model.config.get_text_config()
    own = {part: f"{anatomy.of_part(part).name}_attention_heads" for part in anatomy.parts}
    return {part: getattr(config, name, None) or config.num_attention_heads for part, name in own.items()}


class _Changed:
    """Does the attention of one pass; layers are counted, for some models share their modules."""

    def __init__(self, edits: Edits, seen: int):
        self._edits, self._seen = edits, seen
        self._passed: Counter[str] = Counter()

    def __call__(self, call: Call) -> torch.Tensor:
        part = self._edits.anatomy.part_of[id(call.module)]
        layer = self._passed[part]
        self._passed[part] += 1
        here = [one for one in self._edits.interventions if one.part == part and one.layer in (-1, layer)]
        masks = [one for one in here if one.kind in _MASKS]
        written = attend_hiding(call, lambda rows: self._hidden(call, part, masks, rows))
        for head in {one.head for one in here if one.kind == "head"}:
            written[:, head] = 0
        return written

    def _hidden(self, call: Call, part: str, masks: list[Intervention], rows: slice) -> torch.Tensor | None:
        """[1, heads, rows, m]: what the interventions hide."""
        if not masks:
            return None
        device, keys = call.key.device, call.key.shape[2]
        query = torch.arange(self._seen + rows.start, self._seen + rows.stop, device=device)[:, None]
        # of a layer with a sliding window only the last keys are there
        ahead = 0 if part == "cross" else self._seen + call.query.shape[2] - keys
        key = torch.arange(ahead, ahead + keys, device=device)[None]
        gone = torch.zeros(call.query.shape[1], len(query), keys, dtype=torch.bool, device=device)
        for one in masks:
            heads = slice(None) if one.head < 0 else slice(one.head, one.head + 1)
            gone[heads] |= _unseen(one, query, key)
        return gone[None]


def _unseen(one: Intervention, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """[queries, keys], from their places in the text."""
    if one.kind == "local":
        return (query - key).abs() >= one.key
    return (key == one.key) & ((query == one.query) | (one.query < 0))


def _writes(one: Intervention, stack: str) -> str | None:
    """Under which name of ``writes`` the sub-layer stands that is to be silent in this stack."""
    if one.kind == "mlp":
        return "mlp" if one.part == stack else None
    return one.part if one.kind == "attention" else None


def _zeros_at(layers: set[int]) -> Any:
    return lambda layer, written: torch.zeros_like(written) if layer in layers else None


def _slices_at(off: list[tuple[int, int]], count: int) -> Any:
    def act(layer: int, given: torch.Tensor) -> torch.Tensor | None:
        heads = [head for at, head in off if at == layer]
        if not heads:
            return None
        left = given.unflatten(-1, (count, -1)).clone()
        left[..., heads, :] = 0
        return left.flatten(-2)

    return act


def _check(loaded: LoadedModel, edits: Edits, tokens: Read, one: Intervention) -> None:
    anatomy, name = edits.anatomy, loaded.name
    parts = [stack.name for stack in anatomy.stacks] if one.kind == "mlp" else list(anatomy.parts)
    if one.kind == "local":
        parts = [part for part in parts if part != "cross"]  # two sequences have no common places
    if one.part not in parts:
        raise SpecError("part", one.part, f"{' or '.join(parts)} for {one.kind} with {name}")
    if one.kind == "mlp" and "mlp" not in anatomy.stack(one.part).layers[0].writes:
        raise GlassworksError(f"{name} has no feed-forward part that is known here; choose another change.")
    if one.kind in _MASKS and not edits.inside:
        raise GlassworksError(
            f"Who sees whom cannot be changed in {name}: models of its kind "
            f"({loaded.model.config.model_type}) attend in code of their own. Heads, attention and mlp of a "
            "layer can be switched off."
        )
    _below("layer", one.layer, anatomy.of_part(one.part).depth, f"with {name}")
    _below("head", one.head, edits.heads[one.part], f"with {name}")
    if one.kind == "block":
        queries, keys = tokens.of_part(one.part)
        _below("query", one.query, len(queries.ids), "with this text")
        _below("key", one.key, len(keys.ids), "with this text")


def _below(field: str, value: int, count: int, where: str) -> None:
    if value >= count:
        raise SpecError(field, value, f"0 to {count - 1} {where}")
