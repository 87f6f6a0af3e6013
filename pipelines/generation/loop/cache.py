"""A key–value cache that grows in place: the library's own copies all of it for every token."""

import torch
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

_ROOM = 64  # tokens more than are needed, so that most updates copy only what is new


class GrowingLayer(DynamicLayer):
    """As DynamicLayer, with room kept behind the last token. ``keys`` and ``values`` are views of the
    buffers, [rows, heads, tokens, width]."""

    def __init__(self) -> None:
        super().__init__()
        self._buffers: list[torch.Tensor] = []

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs):
        """The whole keys and values, the new ones written behind the old."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        new = key_states.shape[-2]
        length = self.get_seq_length()
        if not self._fits(length + new, key_states):
            past = (self.keys, self.values) if length else (None, None)
            states = (key_states, value_states)
            self._buffers = [_roomy(*both, length + new) for both in zip(past, states, strict=True)]
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, length : length + new] = states
        self.keys, self.values = (buffer[:, :, : length + new] for buffer in self._buffers)
        return self.keys, self.values

    def select(self, rows: torch.Tensor) -> None:
        """Keep these rows, in this order; a row may be kept several times. Where their number stays, as in a
        search over several candidates, only those that another one replaces are written."""
        if not (length := self.get_seq_length()):
            return
        if len(rows) == len(self.keys):
            for part in (self.keys, self.values):
                _move(part, rows.tolist())
            return
        self._buffers = [buffer.index_select(0, rows) for buffer in self._buffers]
        self.keys, self.values = (buffer[:, :, :length] for buffer in self._buffers)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.select(indices)

    def _fits(self, length: int, states: torch.Tensor) -> bool:
        return (
            bool(self._buffers)
            and self._buffers[0].shape[-2] >= length
            and (self._buffers[0].shape[0] == states.shape[0])
        )


def growing_cache(config: PretrainedConfig) -> DynamicCache:
    """The cache that the library would make, its plain layers replaced; layers with a window stay its own."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def croppable_cache(config: PretrainedConfig) -> DynamicCache | None:
    """A growing cache from which the newest tokens can be taken back by ``crop(-count)``; None for a model
    that keeps anything which cannot be undone, such as a recurrent state."""
    cache = growing_cache(config)
    cache.activate_past_recording()  # layers with a window keep what a crop needs, until there is one
    return cache if cache.is_croppable else None


@torch.inference_mode()
def select_rows(cache: DynamicCache, rows: torch.Tensor) -> None:
    """Of every layer."""
    for layer in cache.layers:
        layer.batch_select_indices(rows)


def _move(part: torch.Tensor, rows: list[int]) -> None:
    """Row i becomes what row ``rows[i]`` was. Row by row, which is several times as fast as by index tensors
    where the rows lie apart."""
    moved = [at for at, row in enumerate(rows) if at != row]
    taken = [part[rows[at]].clone() if rows[at] in moved else part[rows[at]] for at in moved]
    for at, one in zip(moved, taken, strict=True):
        part[at] = one


def _roomy(past: torch.Tensor | None, states: torch.Tensor, length: int) -> torch.Tensor:
    rows, heads, _, width = states.shape
    made = states.new_empty(rows, heads, length + max(_ROOM, length // 4), width)
    if past is not None:
        made[:, :, : past.shape[-2]] = past
    return made
