"""Some rows of a model's embedding straight from its safetensors file: no torch, and nothing else is read."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipelines.models.artifacts import BrokenArtifactError, read_header, weight_files

_EMBEDDING = re.compile(r"(^|\.)(embed_tokens|wte|word_embeddings?|embed_in|shared)\.weight$")
_TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def token_vectors(folder: Path, ids: Sequence[int]) -> np.ndarray | None:
    """The input vectors of the tokens, [token, width] in float32; None where the folder has no embedding that
    is read here (an adapter's folder, quantized weights, an id beyond it)."""
    try:
        files = weight_files(folder)
    except BrokenArtifactError:
        return None
    for file in files:
        header, start = read_header(file)
        for name, tensor in header.items():
            shape = tensor["shape"]
            if _EMBEDDING.search(name) and len(shape) == 2 and tensor["dtype"] in _TYPES:
                inside = all(0 <= token < shape[0] for token in ids)
                at = start + tensor["data_offsets"][0]
                return _rows(file, at, tensor["dtype"], tuple(shape), ids) if inside else None
    return None


def alike(vectors: np.ndarray, cosine: float = 0.98) -> np.ndarray:
    """Which of the vectors [token, width] point the way that another of them points: [token] of bool. So do
    those of tokens that a model never met in training, where its output matrix is the embedding: they were
    all pushed away together."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, math.ulp(1.0))
    near = unit @ unit.T >= cosine
    near |= (lengths <= math.ulp(1.0)) & (lengths <= math.ulp(1.0)).T  # nothing but zeros
    np.fill_diagonal(near, False)
    return near.any(axis=1)


def _rows(file: Path, start: int, dtype: str, shape: tuple[int, int], ids: Sequence[int]) -> np.ndarray:
    table = np.memmap(file, _TYPES[dtype], "r", start, shape)
    rows = np.array(table[list(ids)])
    if dtype == "BF16":
        return (rows.astype(np.uint32) << 16).view(np.float32)
    return rows.astype(np.float32)
