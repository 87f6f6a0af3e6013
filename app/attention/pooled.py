"""Weights made coarser until they fit through the door: thumbnails and whole heads. No Gradio.

All are square roots of weights as whole numbers, and a cell stands for the largest weight in it.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from app.attention.packed import pack
from pipelines.attention.answers import Head

MAX_THUMBNAILS = 340_000  # characters of one model view, all parts together
MAX_HEAD = 1_080_000  # characters of one head
# Steps of brightness taken together, cells taken together: what shows least is given up first.
_COARSER = ((1, 1), (2, 1), (4, 1), (8, 1), (8, 2), (16, 2), (16, 4), (16, 8))


def packed_thumbnails(thumbnails: np.ndarray, room: int) -> dict[str, Any]:
    """uint8 [layer, head, query cell, key cell] in at most ``room`` characters, if it can be done."""
    for step, side in _COARSER:
        found = pack(stepped(pooled(thumbnails, side), step))
        if len(found["data"]) <= room:
            break
    return found


def packed_head(head: Head) -> dict[str, Any]:
    """``{weights, cell, high}``: as exact as :data:`MAX_HEAD` allows."""
    weights = pack(head.weights)
    while len(weights["data"]) > MAX_HEAD:
        head = _coarser(head)
        weights = pack(head.weights)
    return {"weights": weights, "cell": head.cell, "high": 65535 if head.weights.itemsize == 2 else 255}


def pooled(weights: np.ndarray, side: int) -> np.ndarray:
    """The largest of each ``side`` × ``side`` along the last two axes; what is left at an edge is a cell."""
    if side == 1:
        return weights
    *outer, rows, columns = weights.shape
    padding = [*[(0, 0)] * len(outer), (0, -rows % side), (0, -columns % side)]
    whole = np.pad(weights, padding)
    split = whole.reshape(*outer, whole.shape[-2] // side, side, whole.shape[-1] // side, side)
    return split.max((-3, -1))


def stepped(levels: np.ndarray, step: int) -> np.ndarray:
    """Each rounded to a multiple of ``step``; what is above zero stays above zero, up to 255."""
    if step == 1:
        return levels
    near = (levels.astype(np.uint16) + step // 2) // step * step
    return np.where(levels > 0, near.clip(step, 255), 0).astype(np.uint8)


def _coarser(head: Head) -> Head:
    """One byte instead of two, then cells twice as wide."""
    if head.weights.dtype == np.uint16:
        return replace(head, weights=np.rint(head.weights / 257).astype(np.uint8))
    return Head(pooled(head.weights, 2), head.cell * 2)
