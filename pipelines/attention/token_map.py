"""A table of vectors in two dimensions: its common words, and those that are asked for."""

from collections.abc import Generator
from itertools import chain

import numpy as np
import torch

from pipelines.attention.answers import TokenMap
from pipelines.attention.requests import MapRequest
from pipelines.attention.table import Table, input_table, output_table
from pipelines.common.words import word_pattern
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

_WORD = word_pattern()
_FEWEST = 10  # whole words: a vocabulary with fewer is shown with all its tokens
_READ = 1_000  # tokens that are read in a step
_DIRECTIONS, _ROUNDS = 64, 30  # of the search for the two along which most varies


def token_map(loaded: LoadedModel, request: MapRequest) -> Generator[None, None, TokenMap]:
    """Along the two principal components of ``count`` words, those of the lowest ids, which are about the
    most frequent, with the marked ones added to them."""
    table = output_table(loaded) if request.output else input_table(loaded)
    marked = {table.row("words", text) for text in request.words}
    ids = sorted({*(yield from _common(table, request.count)), *marked})
    with torch.inference_mode():
        rows = table.vectors(ids)
    xy, explained = yield from principal_plane(rows)
    return TokenMap(
        ids=np.array(ids, np.int32),
        texts=texts_of(loaded.tokenizer, ids),
        xy=xy.cpu().numpy(),
        marked=np.array([one in marked for one in ids]),
        explained=explained.cpu().numpy(),
    )


def _common(table: Table, count: int) -> Generator[None, None, list[int]]:
    tokenizer = table.loaded.tokenizer
    spaced = any(name.startswith(("Ġ", "▁")) for name in tokenizer.get_vocab())
    special, words, others = set(tokenizer.all_special_ids), [], []
    for first in range(0, len(table.weight), _READ):
        ids = [one for one in range(first, min(first + _READ, len(table.weight))) if one not in special]
        for one, text in zip(ids, texts_of(table.loaded.tokenizer, ids), strict=True):
            (words if _whole(text, spaced) else others).append(one)
        if len(words) >= count:
            break
        yield None
    return words[:count] if len(words) >= _FEWEST else sorted(chain(words, others))[:count]


def _whole(text: str, spaced: bool) -> bool:
    """Whether a token begins and ends a word. Single characters do not count: they are a tokenizer's
    alphabet. ``spaced``: its tokens begin words with a space."""
    if spaced and not text.startswith(" "):
        return False
    word = text.removeprefix(" ")
    return len(word) > 1 and _WORD.fullmatch(word) is not None


def principal_plane(
    rows: torch.Tensor,
) -> Generator[None, None, tuple[torch.Tensor, torch.Tensor]]:
    """``rows`` [n, d] → their places [n, 2] along the first two principal components, and the share of the
    variance along each [2]. By subspace iteration, since d may be thousands; the same each time, the largest
    entry of each component positive."""
    with torch.inference_mode():
        centred = rows - rows.mean(0)
        wide = min(_DIRECTIONS, rows.shape[1])
        noise = torch.randn(rows.shape[1], wide, generator=torch.Generator().manual_seed(0))
        basis = torch.linalg.qr(noise.to(rows))[0]
    for _ in range(_ROUNDS):
        with torch.inference_mode():
            basis = torch.linalg.qr(centred.T @ (centred @ basis))[0]
        yield None
    with torch.inference_mode():
        spread, turn = torch.linalg.eigh((centred @ basis).T @ (centred @ basis))
        axes = (basis @ turn).flip(1)[:, :2]
        axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
        total = centred.square().sum().clamp_min(torch.finfo(torch.float32).tiny)
        return centred @ axes, spread.flip(0)[:2].clamp_min(0) / total
