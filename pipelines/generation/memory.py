"""What a comparison will need of memory, and whether there is so much. From the model's own shapes."""

from typing import Any

import psutil
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.comparing import DecodeRequest
from pipelines.models.loader import LoadedModel

_PART = 0.7  # of the memory that is free
_COPIES = 2.5  # of the cache while rows are chosen anew, with the room that it grows into
_SCORES = 8  # copies of the scores that the stages of a step hold at once


def check_memory(loaded: LoadedModel, request: DecodeRequest, tokens: int) -> None:
    """Raise SpecError naming ``strategies`` where the rows, ``tokens`` long in the end, do not fit."""
    free = usable_bytes(loaded)
    row = row_bytes(loaded, tokens)
    if request.rows * row <= free:
        return
    most = int(free // row)
    shown = ", ".join(f"{one.name} {one.rows}" for one in request.strategies if one.rows > 1)
    counted = f" ({shown}; times {request.samples} samples where one draws)" if shown else ""
    raise SpecError(
        "strategies",
        request.rows,
        f"texts and beams of at most {most:,} rows together for {tokens:,} tokens in the memory that is "
        f"free{counted}; take fewer beams, candidates, samples, columns or tokens",
    )


def usable_bytes(loaded: LoadedModel) -> float:
    """Of the memory that is free where the model is, what texts may take."""
    return _PART * _free(loaded.device)


def row_bytes(loaded: LoadedModel, tokens: int) -> int:
    """Bytes that one row needs at ``tokens`` tokens: keys and values, and scores over the vocabulary."""
    config = loaded.model.config.get_text_config()
    heads = getattr(config, "num_attention_heads", 0) or 0
    width = getattr(config, "head_dim", None) or (config.hidden_size // heads if heads else 0)
    kept = (getattr(config, "num_key_value_heads", None) or heads) * width
    size = loaded.model.dtype.itemsize
    cache = 2 * config.num_hidden_layers * kept * tokens * size
    return int(_COPIES * cache) + _SCORES * 4 * vocabulary(loaded)


def vocabulary(loaded: LoadedModel) -> int:
    """Width of the logits."""
    head: Any = loaded.model.get_output_embeddings()
    return head.weight.shape[0] if head is not None else loaded.model.config.get_text_config().vocab_size


def _free(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available
