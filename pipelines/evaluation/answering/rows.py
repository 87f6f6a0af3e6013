"""Trees as the tensors of one forward, and the log-probabilities read off what comes back. Knows no model."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from pipelines.evaluation.answering.trees import Tree

_AT_ONCE = 2**25  # scores that are summed up at a time


class Places(NamedTuple):
    """Of each token that is asked about its row, the column after which it comes and itself, all [asked]."""

    rows: torch.Tensor
    columns: torch.Tensor
    tokens: torch.Tensor


def plain(trees: Sequence[Tree]) -> dict[str, torch.Tensor]:
    """Trees without branches, padded on the right: what a causal model reads of them needs no mask."""
    width = max(map(len, trees))
    return {"input_ids": torch.tensor([tree.tokens + [0] * (width - len(tree)) for tree in trees])}


def masked(
    trees: Sequence[Tree], stem: int, dtype: torch.dtype, device: torch.device
) -> dict[str, torch.Tensor]:
    """Trees padded on the left, so that what is asked about stands at the end of all: ids and positions
    [rows, columns], and who sees whom [rows, 1, columns, stem + columns]: 0, or the lowest number."""
    width = max(map(len, trees))
    ids, depths = np.zeros((2, len(trees), width), np.int64)
    ends = np.tile(np.arange(width), (len(trees), 1))  # padding is seen by itself alone
    for row, tree in enumerate(trees):
        own = slice(width - len(tree), width)
        ids[row, own], depths[row, own] = tree.tokens, tree.depths
        ends[row, own] = np.array(tree.ends) + own.start
    columns = torch.arange(width, device=device)
    last = torch.tensor(ends, device=device)[:, None, :]
    hidden = (columns[None, :, None] < columns) | (columns[None, :, None] > last)
    mask = torch.zeros(len(trees), 1, width, stem + width, dtype=dtype, device=device)
    mask[:, 0, :, stem:].masked_fill_(hidden, torch.finfo(dtype).min)
    positions = torch.tensor(depths + stem)
    return {"input_ids": torch.tensor(ids), "position_ids": positions, "attention_mask": mask}


def places(trees: Sequence[Tree], left: bool) -> Places:
    """Of all that is asked, the trees one after another; ``left`` where they are padded on the left."""
    width = max(map(len, trees))
    found = [
        (row, column + (width - len(tree) if left else 0), token)
        for row, tree in enumerate(trees)
        for _, _, column, token in tree.asked
    ]
    return Places(*torch.tensor(found).T)


def log_probs(logits: torch.Tensor, asked: Places) -> tuple[np.ndarray, np.ndarray]:
    """Of ``logits`` [rows, columns, vocabulary] the log-probability of each token that is asked about, in
    float32, and whether it is the likeliest."""
    found = [_some(logits, Places(*some)) for some in _parts(asked, logits.shape[-1])]
    both = [torch.cat(part).cpu().numpy() for part in zip(*found, strict=True)]
    return both[0], both[1]


def _some(logits: torch.Tensor, asked: Places) -> tuple[torch.Tensor, torch.Tensor]:
    """Each place's scores are summed up once, however many tokens are asked about there."""
    rows, columns, tokens = (part.to(logits.device) for part in asked)
    once, place = (rows * logits.shape[1] + columns).unique(return_inverse=True)
    scores = logits.flatten(0, 1)[once].float()
    own = scores[place, tokens] - scores.logsumexp(-1)[place]
    return own, scores.argmax(-1)[place] == tokens


def _parts(asked: Places, vocabulary: int) -> Iterator[Any]:
    size = max(1, _AT_ONCE // vocabulary)
    return zip(*(part.split(size) for part in asked), strict=True)
