"""Rows of equal length that one forward continues at once: a model with its cache. Knows no strategy."""

from dataclasses import dataclass
from typing import Any

import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.loop.cache import growing_cache, select_rows
from pipelines.models.last import last_rows, takes

PREFILL_TOKENS = 512  # a long prompt goes in by parts, so that others get their turn in between
_UNTOLD = (
    "This model does not tell what stands in its layers, which contrastive search and DoLa read. "
    "Choose another model, or leave these strategies out."
)


@dataclass(frozen=True)
class Said:
    """What a forward said after its last token: ``hidden`` [rows, width] of the last layer after its norm,
    ``layers`` [rows, width] after every layer; both only where asked for."""

    logits: torch.Tensor  # [rows, vocabulary], float32
    hidden: torch.Tensor | None = None
    layers: tuple[torch.Tensor, ...] | None = None


class Batch:
    """Begins with one row. ``states``: keep every layer's hidden states of the newest token, and the last
    layer's of the prompt."""

    def __init__(self, model: Any, states: bool = False):
        self._model, self._states = model, states
        self._cache: Any = growing_cache(model.config)
        self._rows = 1
        self.forwards = 0
        self._ids: torch.Tensor | None = None  # all so far, for a model that keeps no past
        self._keeps_past = takes(type(model), "past_key_values")

    def prefill(self, ids: list[int]) -> Any:
        """A generator: None after each part of the prompt but the last; returns (Said, hidden states of the
        prompt [tokens, width] or None)."""
        hidden = []
        for first in range(0, len(ids), PREFILL_TOKENS):
            if first:
                yield None
            said, states = self._forward(torch.tensor([ids[first : first + PREFILL_TOKENS]]))
            hidden.append(states)
        return said, torch.cat(hidden, 1)[0] if self._states else None

    def feed(self, parents: list[int], tokens: list[int]) -> Said:
        """The next rows: each continues row ``parents[i]`` by ``tokens[i]``."""
        if parents != list(range(self._rows)):
            self._select(torch.tensor(parents, device=self._model.device))
        said, _ = self._forward(torch.tensor(tokens)[:, None])
        return said

    @torch.inference_mode()
    def _forward(self, ids: torch.Tensor) -> tuple[Said, torch.Tensor | None]:
        """``ids`` [rows, new tokens]."""
        self.forwards += 1
        new, past = ids.shape[1], {"past_key_values": self._cache, "use_cache": True}
        ids = ids.to(self._model.device)
        if not self._keeps_past:
            ids = self._ids = ids if self._ids is None else torch.cat([self._ids, ids], 1)
            past = {}
        out = self._model(input_ids=ids, output_hidden_states=self._states, **past, **last_rows(self._model))
        logits = out.logits[:, -1].float()
        if not self._states:
            return Said(logits), None
        if getattr(out, "hidden_states", None) is None:
            raise GlassworksError(_UNTOLD)
        last = out.hidden_states[-1]
        layers = tuple(states[:, -1].float() for states in out.hidden_states)
        return Said(logits, last[:, -1].float(), layers), last[:, -new:].float()

    def _select(self, rows: torch.Tensor) -> None:
        self._rows = len(rows)
        if self._keeps_past:
            select_rows(self._cache, rows)
        else:
            self._ids = self._ids[rows]
