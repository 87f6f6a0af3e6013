"""The tokens whose vectors point where a sum of others points: neighbours of one, analogies of several."""

from collections.abc import Generator

import numpy as np
import torch

from pipelines.attention.answers import TokenNeighbours
from pipelines.attention.requests import NeighboursRequest
from pipelines.attention.table import Table, input_table, output_table
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

_NOTHING = 1e-6  # of the length of the longest summand: shorter sums are nothing but rounding


def neighbours(loaded: LoadedModel, request: NeighboursRequest) -> Generator[None, None, TokenNeighbours]:
    """The asked tokens themselves are left out. Raises SpecError for a text that is no token,
    GlassworksError where the sum comes to nothing."""
    table = output_table(loaded) if request.output else input_table(loaded)
    plus = [table.row("token", text) for text in request.plus]
    minus = [table.row("token", text) for text in request.minus]
    with torch.inference_mode():
        vector, norm = _sum(table, plus, minus)
        cosines = torch.empty(len(table.weight), device=vector.device)
    for first, rows in table.blocks():
        with torch.inference_mode():
            lengths = (rows.norm(dim=-1) * norm).clamp_min(torch.finfo(torch.float32).tiny)
            cosines[first : first + len(rows)] = rows @ vector / lengths
        yield None
    left = sorted({*plus, *minus})
    with torch.inference_mode():
        cosines[left] = -torch.inf
        best = cosines.topk(min(request.count, len(cosines) - len(left)))
    ids = best.indices.tolist()
    return TokenNeighbours(
        ids=np.array(ids, np.int32),
        texts=texts_of(loaded.tokenizer, ids),
        cosines=best.values.cpu().numpy(),
        norm=norm,
        twin=_twin(loaded, plus[0]) if len(plus) == 1 and not minus else float("nan"),
    )


def _sum(table: Table, plus: list[int], minus: list[int]) -> tuple[torch.Tensor, float]:
    """The vector that is asked about [width], and its length."""
    summands = torch.cat([table.vectors(plus), -table.vectors(minus)])
    vector = summands.sum(0)
    norm = float(vector.norm())
    if norm > _NOTHING * float(summands.norm(dim=-1).max()):
        return vector, norm
    if len(summands) == 1:
        raise SpecError("token", "a vector of length 0", "a token whose vector has a direction")
    raise GlassworksError("These tokens cancel each other out: what is left has no direction. Change one.")


@torch.inference_mode()
def _twin(loaded: LoadedModel, token: int) -> float:
    """The cosine between a token's input and output vector; NaN where there is no such thing."""
    if loaded.model.get_output_embeddings() is None:
        return float("nan")
    tables = input_table(loaded), output_table(loaded)
    one, other = (table.weight for table in tables)
    if one.shape[1] != other.shape[1]:
        return float("nan")
    if one.data_ptr() == other.data_ptr():
        return 1.0
    return float(torch.cosine_similarity(*(table.vectors([token]) for table in tables)))
