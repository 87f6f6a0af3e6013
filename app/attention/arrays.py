"""One head with all that was seen around it as a NumPy archive. No Gradio."""

import io
import json
from collections.abc import Callable

import numpy as np

from pipelines.attention.answers import MEASURES, Captured, Part
from pipelines.attention.requests import MAX_POSITIONS, HeadRequest, RowsRequest
from pipelines.core.errors import SpecError

_WHOLE = 2_048  # tokens above which the weights are written in half precision


def part_of(captured: Captured, name: str) -> Part:
    """Raises SpecError for a part that this model has not."""
    found = {part.name: part for part in captured.parts}
    if name not in found:
        raise SpecError("part", name, f"one of {', '.join(found)} with this model")
    return found[name]


def archive(captured: Captured, request: HeadRequest, rows: Callable[[RowsRequest], np.ndarray]) -> bytes:
    """An ``.npz`` that ``numpy.load`` opens without pickle:

    - ``weights`` [query, key] of the head, float32 (float16 from 2,048 tokens on);
    - ``thumbnails`` uint8 [layer, head, query cell, key cell]: 255 · sqrt of the largest weight of a cell,
      ``cell`` tokens wide; ``measures`` float32 [layer, head, measure] with ``measure_names``;
    - ``query_ids``, ``query_tokens``, ``key_ids``, ``key_tokens``; ``about``: JSON of what was looked at.

    ``rows`` answers a RowsRequest with float32 [count, key]."""
    part = part_of(captured, request.part)
    about = {
        "model": request.subject.model,
        "part": request.part,
        "layer": request.layer,
        "head": request.head,
        "generated": part.queries.generated,
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        weights=_weights(part, request, rows),
        thumbnails=part.thumbnails,
        cell=np.int32(part.cell),
        measures=part.measures,
        measure_names=np.array(MEASURES),
        query_ids=part.queries.ids,
        query_tokens=np.array(part.queries.texts),
        key_ids=part.keys.ids,
        key_tokens=np.array(part.keys.texts),
        about=np.array(json.dumps(about)),
    )
    return file.getvalue()


def _weights(part: Part, request: HeadRequest, rows: Callable[[RowsRequest], np.ndarray]) -> np.ndarray:
    count = len(part.queries.ids)
    kind = np.float32 if max(count, len(part.keys.ids)) <= _WHOLE else np.float16
    place = (request.subject, request.part, request.layer, request.head)
    blocks = [
        rows(RowsRequest(*place, first, min(MAX_POSITIONS, count - first))).astype(kind, copy=False)
        for first in range(0, count, MAX_POSITIONS)
    ]
    return np.concatenate(blocks)
