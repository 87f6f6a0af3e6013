"""One head of a trace, in the form in which it is sent."""

import numpy as np
import torch

from pipelines.attention.answers import Head, Rows
from pipelines.attention.requests import HeadRequest, RowsRequest
from pipelines.attention.trace import Trace
from pipelines.core.errors import SpecError

MAX_BYTES = 1_100_000
_BLOCK = 512  # rows that are made at once


def head(found: Trace, request: HeadRequest) -> Head:
    """As fine as MAX_BYTES allow: 16 bits a weight, else 8, else the largest of each cell of tokens."""
    found.check(request.part, request.layer, request.head)
    queries, keys = found.read.of_part(request.part)
    rows, columns = len(queries.ids), len(keys.ids)
    cell = 1
    while -(-rows // cell) * -(-columns // cell) > MAX_BYTES:
        cell += 1
    high, kind = (65535, np.uint16) if cell == 1 and 2 * rows * columns <= MAX_BYTES else (255, np.uint8)
    blocks = []
    height = max(1, _BLOCK // cell) * cell
    for first in range(0, rows, height):
        block = found.weights(request.part, request.layer, request.head, slice(first, first + height))
        blocks.append(_coarser(block, cell))
    weights = torch.cat(blocks).clamp(0, 1).sqrt().mul(high).round().cpu().numpy().astype(kind)
    return Head(weights, cell)


def rows(found: Trace, request: RowsRequest) -> Rows:
    found.check(request.part, request.layer, request.head)
    queries, _ = found.read.of_part(request.part)
    if request.first >= len(queries.ids):
        raise SpecError("first", request.first, f"0 to {len(queries.ids) - 1} with this text")
    asked = slice(request.first, request.first + request.count)
    return Rows(found.weights(request.part, request.layer, request.head, asked).cpu().numpy())


def _coarser(block: torch.Tensor, cell: int) -> torch.Tensor:
    if cell == 1:
        return block
    pooled = torch.nn.functional.max_pool2d(block[None, None], cell, ceil_mode=True)
    return pooled[0, 0]
