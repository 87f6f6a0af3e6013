"""How one query of one head came to its weights, from a trace: no pass through the model."""

from dataclasses import replace

import numpy as np
import torch

from pipelines.attention.answers import Part, QueryKey
from pipelines.attention.requests import QueryKeyRequest
from pipelines.attention.trace import Trace
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.attention import Call


def query_key(found: Trace, request: QueryKeyRequest) -> QueryKey:
    """Raises SpecError for a head or query that does not exist, GlassworksError for a kind of model that
    hands out weights but no queries and keys."""
    call, at = _call(found, request), request.query
    group = request.head // call.groups
    query, keys = call.query[0, request.head], call.key[0, group]
    allowed = _allowed(call, at)
    bias = _bias(call, request.head, at, allowed)
    row, whole = slice(at, at + 1), replace(call, mask=None, bias=bias[None, None, None])
    scores = whole.scores(row, request.head)[0, 0, 0]
    masked = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
    weights = call.weights(masked[None, None, None], request.head)[0, 0, 0]
    return QueryKey(
        query=_numbers(query[at]),
        keys=_numbers(keys),
        **_rotation(found, request, query, keys),
        table=_table(found, request),
        scaling=float(call.scaling),
        softcap=float(call.softcap or 0),
        bias=_numbers(bias),
        allowed=allowed.cpu().numpy(),
        scores=_numbers(scores),
        weights=_numbers(weights),
        kv_head=group,
        window=int(_part(found, request).windows[request.layer]),
        sink=0.0 if call.sinks is None else float(1 - weights.double().sum()),
    )


def _call(found: Trace, request: QueryKeyRequest) -> Call:
    """In full precision."""
    found.check(request.part, request.layer, request.head)
    queries = len(_part(found, request).queries.ids)
    if request.query >= queries:
        raise SpecError("query", request.query, f"0 to {queries - 1} with this text")
    call = found.calls.get((request.part, request.layer))
    if call is None:
        raise GlassworksError(
            f"Models of the kind of {request.subject.model} show their weights alone: the library's code for "
            "them keeps queries and keys to itself. Heads and rows of weights can be seen."
        )
    return replace(call, query=call.query.float(), key=call.key.float())


def _part(found: Trace, request: QueryKeyRequest) -> Part:
    return next(part for part in found.captured.parts if part.name == request.part)


def _allowed(call: Call, at: int) -> torch.Tensor:
    """[m]: which keys the query may look at."""
    if call.mask is None:
        return torch.ones(call.key.shape[2], dtype=torch.bool, device=call.key.device)
    return call.mask[0, 0, 0 if call.mask.shape[2] == 1 else at]


def _bias(call: Call, head: int, at: int, allowed: torch.Tensor) -> torch.Tensor:
    """[m]: what is added to the scores; 0 where the query may not look anyway."""
    if call.bias is None:
        return torch.zeros(allowed.shape, device=allowed.device)
    rows = call.bias[0, head if call.bias.shape[1] > 1 else 0]
    return rows[at if len(rows) > 1 else 0].float().where(allowed, 0)


def _rotation(
    found: Trace, request: QueryKeyRequest, query: torch.Tensor, keys: torch.Tensor
) -> dict[str, np.ndarray]:
    turned = found.rotations.get((request.part, request.layer))
    if turned is None:
        none = np.zeros((0, 0), np.float32)
        return {
            "plain_query": none.ravel(), "plain_keys": none, "angles": none,
            "pairs": np.zeros((0, 2), np.int32),
        }  # fmt: skip
    row = slice(request.query, request.query + 1)
    return {
        "plain_query": _numbers(turned.undone(query[row], row)[0]),
        "plain_keys": _numbers(turned.undone(keys)),
        "angles": _numbers(turned.angles),
        "pairs": turned.pairs.cpu().numpy().astype(np.int32),
    }


def _table(found: Trace, request: QueryKeyRequest) -> np.ndarray:
    rows = found.tables.get("decoder" if request.part == "cross" else request.part)
    return np.zeros(0, np.float32) if rows is None else _numbers(rows[request.query])


def _numbers(given: torch.Tensor) -> np.ndarray:
    return given.float().cpu().numpy()
