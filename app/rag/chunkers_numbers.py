"""What can be said of a way to cut in numbers. Arrays in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.common.sentences import Span
from pipelines.rag.answers import ChunkedBy

START, END, TOKENS, OVERLAP = range(4)  # columns of ChunkedBy.bounds


@dataclass(frozen=True)
class Numbers:
    """Sizes in tokens. ``cut`` is the share of the sentences that no chunk holds whole, ``repeated`` that of
    all tokens which stand in the chunk before, too."""

    chunks: int
    mean: float
    median: float
    least: int
    most: int
    cut: float
    repeated: float
    seconds: float


def numbers_of(done: ChunkedBy, sentences: Sequence[Span]) -> Numbers:
    """``sentences`` are those of the same text."""
    sizes = done.bounds[:, TOKENS]
    if not len(sizes):
        return Numbers(0, 0.0, 0.0, 0, 0, 0.0, 0.0, done.seconds)
    return Numbers(
        len(sizes),
        float(sizes.mean()),
        float(np.median(sizes)),
        int(sizes.min()),
        int(sizes.max()),
        _share_cut(done.bounds, sentences),
        done.repeated / max(1, int(sizes.sum())),
        done.seconds,
    )


def histogram(sizes: np.ndarray, most: int, bars: int) -> list[int]:
    """How many of ``sizes`` lie in each of so many equal parts of 1 to ``most``."""
    counts, _ = np.histogram(sizes, bins=bars, range=(0.5, most + 0.5))
    return counts.tolist()


def _share_cut(bounds: np.ndarray, sentences: Sequence[Span]) -> float:
    """A sentence is whole if it ends within the furthest chunk of those that begin before it."""
    if not len(sentences):
        return 0.0
    starts, ends = np.asarray(sentences).T
    furthest = np.maximum.accumulate(bounds[:, END])
    before = np.searchsorted(bounds[:, START], starts, side="right") - 1
    whole = (before >= 0) & (furthest[np.maximum(before, 0)] >= ends)
    return float(1 - whole.mean())
