"""What a model says of the tokens of windows: their losses, and which rank each had. The logits of a whole
batch are never in memory: they are made of the last states some rows at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pipelines.evaluation.language.windows import Window
from pipelines.models.loader import LoadedModel
from pipelines.models.unembed import Head, agrees, prediction_head

_LOGITS = 1_000_000  # numbers of logits in memory at one time: 4 MB, which a processor keeps near
_PROBE = 4  # tokens with which the head is tried


@dataclass(frozen=True, eq=False)
class Losses:
    """Of each scored token of a window: -ln p [scored] in nats, and its rank [scored] among all tokens, 1
    the likeliest."""

    nats: np.ndarray
    ranks: np.ndarray


class Scorer:
    """Reads windows with one model."""

    def __init__(self, loaded: LoadedModel):
        self._model, self._head = loaded.model, trusted_head(loaded)
        self._rows = max(1, _LOGITS // loaded.model.get_input_embeddings().num_embeddings)

    @torch.inference_mode()
    def read(self, windows: Sequence[Window]) -> list[Losses]:
        """The windows as one batch, the shorter ones filled up at their ends, which no token before those
        ends sees."""
        ids = np.zeros((len(windows), max(len(window.ids) for window in windows)), np.int64)
        for row, window in zip(ids, windows, strict=True):
            row[: len(window.ids)] = window.ids
        tokens = torch.from_numpy(ids).to(self._model.device)
        states = self._states(tokens[:, :-1])
        chosen = [slice(len(window.ids) - 1 - window.scored, len(window.ids) - 1) for window in windows]
        triples = zip(states, tokens[:, 1:], chosen, strict=True)
        return [self._losses(row[some], told[some]) for row, told, some in triples]

    def _states(self, ids: torch.Tensor) -> torch.Tensor:
        """[row, token, width] where the head is known; else the logits themselves."""
        if self._head is None:
            return self._model(input_ids=ids, use_cache=False).logits
        return self._model.base_model(input_ids=ids, use_cache=False).last_hidden_state

    def _losses(self, states: torch.Tensor, told: torch.Tensor) -> Losses:
        # Made before the logits: small tensors that are left between them would break the memory into pieces
        # too small for the next.
        nats = torch.empty(len(told), device=told.device)
        ranks = torch.empty(len(told), dtype=torch.int32, device=told.device)
        for first in range(0, len(told), self._rows):
            some = slice(first, first + self._rows)
            logits = (states[some] if self._head is None else self._head(states[some])).float()
            of_told = logits.gather(1, told[some, None])
            nats[some] = logits.logsumexp(-1) - of_told[:, 0]
            ranks[some] = 1 + (logits > of_told).sum(-1)
        return Losses(nats.cpu().numpy(), ranks.cpu().numpy())


@torch.inference_mode()
def trusted_head(loaded: LoadedModel) -> Head | None:
    """The model's own head, if it makes the model's logits of the model's last states: else the logits have
    to be asked for whole."""
    head, base = prediction_head(loaded.model), loaded.model.base_model
    if head is None or base is loaded.model:
        return None
    size = loaded.model.get_input_embeddings().num_embeddings
    ids = torch.arange(1, 1 + _PROBE, device=loaded.device)[None] % size
    states = getattr(base(input_ids=ids, use_cache=False), "last_hidden_state", None)
    if states is None or states.shape[:2] != ids.shape:
        return None
    return head if agrees(head, states, loaded.model(input_ids=ids, use_cache=False).logits.float()) else None
