"""One text as a model reads it, with a cache of its own: what was read and then changed is taken back."""

import copy
from typing import Any

import torch

from pipelines.generation.loop.batch import PREFILL_TOKENS
from pipelines.generation.loop.cache import croppable_cache
from pipelines.models.last import last_rows, takes


class Follower:
    """Remembers which ids it has read, so that :meth:`after` makes one forward for those that are new.

    A text may change from any place on, but no earlier than at its change before: attention with a window has
    dropped by then what lies behind. A model whose past cannot be cropped (a recurrent state) reads the whole
    text each time.
    """

    def __init__(self, model: Any):
        self._model = model
        keeps_past = takes(type(model), "past_key_values")
        self._cache = croppable_cache(model.config) if keeps_past else None
        self._ids: list[int] = []  # what the cache holds

    @torch.inference_mode()
    def after(self, ids: list[int], last: int = 1) -> torch.Tensor:
        """The logits after each of the ``last`` tokens of the text ``ids``: [last, vocabulary], float32."""
        self._go_back(ids[: len(ids) - last])
        while self._cache is not None and len(ids) - len(self._ids) > PREFILL_TOKENS + last:
            self._read(ids[len(self._ids) :][:PREFILL_TOKENS], 1)
        return self._read(ids[len(self._ids) :], last)

    @torch.inference_mode()
    def copied(self) -> "Follower":
        """Another one that has read the same."""
        made = copy.copy(self)
        made._cache, made._ids = copy.deepcopy(self._cache), list(self._ids)
        return made

    def _go_back(self, ids: list[int]) -> None:
        """To where what was read and ``ids`` part."""
        shared = 0
        for one, other in zip(self._ids, ids, strict=False):
            if one != other:
                break
            shared += 1
        if shared < len(self._ids):
            self._cache.crop(shared - len(self._ids))
            del self._ids[shared:]

    def _read(self, ids: list[int], last: int) -> torch.Tensor:
        options: dict[str, Any] = last_rows(self._model, last)
        if self._cache is not None:
            options |= {"past_key_values": self._cache, "use_cache": True}
            self._ids += ids
        out = self._model(input_ids=torch.tensor([ids], device=self._model.device), **options)
        return out.logits[0, -last:].float()


def followers(model: Any, ids: list[int], count: int) -> list[Follower]:
    """So many, each of which has read ``ids`` but for the last one; they are read once."""
    first = Follower(model)
    if len(ids) > 1:
        first.after(ids[:-1])
    return [first, *(first.copied() for _ in range(count - 1))]
