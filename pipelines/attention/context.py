"""How far a token's vector moves from its static one on its way up through the layers.

A token's static vector is its row of the embedding, taken through the map by which some families (ALBERT,
OPT) bring it to the width of the layers; no position, no norm. Families that scale it (Gemma) change no
cosine by that.
"""

from collections.abc import Callable, Generator

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from pipelines.attention.answers import Context
from pipelines.attention.requests import ContextRequest
from pipelines.attention.table import Table, input_table
from pipelines.attention.trace import Trace
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

NEAREST = 3
_MAPS = ("project_in", "embedding_hidden_mapping_in", "embeddings_project", "embed_proj")
_PRODUCTS = 1_500_000_000  # multiplications in a step
_COSINES = 4_000_000  # that are in memory at a time


def context(loaded: LoadedModel, found: Trace, request: ContextRequest) -> Generator[None, None, Context]:
    """In the stack that reads the text: the encoder, where there are two."""
    stack = found.anatomy.stacks[0].name
    tokens, layers = found.read.sequences[stack], found.hidden[stack]
    if request.first >= len(tokens.ids):
        raise SpecError("first", request.first, f"0 to {len(tokens.ids) - 1} with this text")
    places = slice(request.first, request.first + request.count)
    table = input_table(loaded)
    static = _static(table, layers[0].shape[1])
    with torch.inference_mode():
        own = normalize(static(table.vectors(tokens.ids[places].tolist())), dim=-1)
        seen = torch.stack([normalize(rows[places].float(), dim=-1) for rows in layers])
        cosines = torch.linalg.vecdot(seen, own[None])
    nearest = yield from _nearest(table, static, seen.flatten(0, 1))
    ids = nearest.unique().tolist()
    return Context(
        tokens=tokens,
        first=request.first,
        cosines=cosines.cpu().numpy(),
        neighbours=nearest.view(len(layers), -1, nearest.shape[1]).cpu().numpy().astype(np.int32),
        texts=dict(zip(map(str, ids), texts_of(loaded.tokenizer, ids), strict=True)),
    )


def _static(table: Table, width: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Rows of the table → vectors of the layers' width."""
    for path, module in table.loaded.model.named_modules():
        if path.endswith(_MAPS) and isinstance(module, nn.Linear) and module.out_features == width:
            return lambda rows: module(rows.to(module.weight.dtype)).float()
    if table.weight.shape[1] != width:
        raise GlassworksError(
            f"How {table.loaded.name} brings its tokens' vectors to the width of its layers is not known for "
            "models of its kind, so the two cannot be compared. Choose another model."
        )
    return lambda rows: rows


def _nearest(
    table: Table, static: Callable[[torch.Tensor], torch.Tensor], seen: torch.Tensor
) -> Generator[None, None, torch.Tensor]:
    """``seen`` [rows, width], each of length 1 → [rows, NEAREST] ids of the static vectors nearest to it."""
    rows, width = seen.shape
    height = max(1, min(_PRODUCTS // (rows * width), _COSINES // rows))
    cosines = ids = None
    for first, block in table.blocks(height):
        with torch.inference_mode():
            here = seen @ normalize(static(block), dim=-1).T
            best = here.topk(min(NEAREST, here.shape[1]), -1)
            values, places = best.values, best.indices + first
            if cosines is not None:
                values, places = torch.cat([cosines, values], -1), torch.cat([ids, places], -1)
            best = values.topk(min(NEAREST, values.shape[1]), -1)
            cosines, ids = best.values, places.gather(-1, best.indices)
        yield None
    return ids
