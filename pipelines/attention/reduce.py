"""From a layer's weights, some rows at a time, to what a glance needs: a small picture of each head, and
what it does in a few numbers."""

import math

import numpy as np
import torch

from pipelines.attention.answers import MEASURES

SIDE = 64  # cells of a thumbnail along its longer side, at most
_PLACED = len(MEASURES) - 1  # all but the entropy are sums of weights at certain places


def cell_of(queries: int, keys: int) -> int:
    """Tokens along the side of a thumbnail's cell."""
    return math.ceil(max(queries, keys) / SIDE)


class Reducer:
    """Takes in one layer's weights; ``queries`` and ``keys`` are ids, the same array within one sequence."""

    def __init__(self, heads: int, queries: torch.Tensor, keys: torch.Tensor, same: bool):
        self._queries, self._keys, self._same = queries, keys, same
        self.cell = cell_of(len(queries), len(keys))
        shape = (heads, math.ceil(len(queries) / self.cell), math.ceil(len(keys) / self.cell))
        self._pooled = torch.zeros(shape, device=queries.device)
        self._sums = torch.zeros(heads, _PLACED, dtype=torch.float64, device=queries.device)
        self._rows = torch.zeros(_PLACED, dtype=torch.float64, device=queries.device)
        self._entropy = torch.zeros(heads, dtype=torch.float64, device=queries.device)

    def add(self, rows: slice, weights: torch.Tensor) -> None:
        """``weights`` [heads, rows, keys from 0 on]: keys that no row of the block sees may be left out. The
        first row stands at the edge of a cell."""
        self._entropy += _entropies(weights).sum(-1)
        places = self._places(rows, weights.shape[-1])
        self._sums += (weights.flatten(1) @ places.flatten(1).T).double()
        self._rows += (places.any(-1) | self._always(rows)).sum(-1)
        pooled = _pool(weights, self.cell)
        top = rows.start // self.cell
        self._pooled[:, top : top + pooled.shape[1], : pooled.shape[2]] = pooled

    def thumbnails(self) -> np.ndarray:
        """uint8 [heads, query cells, key cells]: 255 · sqrt(weight)."""
        return (self._pooled.clamp(0, 1).sqrt() * 255).round().byte().cpu().numpy()

    def measures(self) -> np.ndarray:
        """float32 [heads, measures], NaN where no query counts."""
        entropy = self._entropy[:, None] / len(self._queries)
        placed = self._sums / self._rows.where(self._rows > 0, torch.nan)
        if not self._same:
            placed[:, [i - 1 for i, name in enumerate(MEASURES) if name not in ("entropy", "first")]] = (
                torch.nan
            )
        return torch.cat([entropy, placed], 1).float().cpu().numpy()

    def _places(self, rows: slice, keys: int) -> torch.Tensor:
        """[placed measure, row, key]: how much a weight there counts."""
        device = self._queries.device
        at = torch.arange(rows.start, rows.stop, device=device)[:, None]
        key = torch.arange(keys, device=device)[None]
        later = at > 0
        same = self._queries[rows, None] == self._keys[None, :keys]
        before = torch.zeros_like(same)
        before[:, 1:] = same[:, :-1]  # the token before this key is the query's
        found = [
            (at - key).abs().float(),
            ((key == 0) & (later | (not self._same))).float(),
            ((key == at) & later).float(),
            ((key == at - 1) & later).float(),
            (same & (key < at)).float(),
            (before & (key <= at)).float(),
        ]
        return torch.stack(found)

    def _always(self, rows: slice) -> torch.Tensor:
        """[placed measure, 1]: the distance counts for every row, a single token's own included."""
        return torch.tensor([[True]] + [[False]] * (_PLACED - 1), device=self._queries.device)


def _entropies(weights: torch.Tensor) -> torch.Tensor:
    """[heads, rows], in nats."""
    return -torch.linalg.vecdot(weights, weights.clamp_min(torch.finfo(weights.dtype).tiny).log())


def _pool(weights: torch.Tensor, cell: int) -> torch.Tensor:
    """The largest of each cell × cell, [heads, rows / cell, keys / cell], rounded up."""
    if cell == 1:
        return weights
    heads, rows, keys = weights.shape
    down, across = -rows % cell, -keys % cell
    if down or across:
        weights = torch.nn.functional.pad(weights, (0, across, 0, down))
    wide = weights.view(heads, rows + down, -1, cell).amax(-1)
    return wide.view(heads, -1, cell, wide.shape[-1]).amax(2)
