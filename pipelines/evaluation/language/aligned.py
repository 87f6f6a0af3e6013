"""One text as several models expected it, however each cuts it into tokens: what the same characters cost
each of them. NumPy only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipelines.evaluation.language.result import Shown, ratio_error

FEWEST = 8  # blocks from which the error of a difference is told


@dataclass(frozen=True, eq=False)
class Stretches:
    """The text cut where all models cut it: stretch ``i`` is characters ``bounds[i]`` to ``bounds[i + 1]``
    and has ``bytes[i]`` of UTF-8. ``bits`` [model, stretch] is what it cost, NaN where a model does not
    predict its first token."""

    text: str
    bounds: np.ndarray
    bytes: np.ndarray
    bits: np.ndarray


@dataclass(frozen=True)
class Difference:
    """In bits a byte: how much more the second model needs than the first. ``low`` to ``high`` is the 95 %
    interval over ``blocks`` of text, which are taken for independent; NaN where they are few."""

    mean: float
    low: float
    high: float
    blocks: int


def stretches(shown: Sequence[Shown]) -> Stretches:
    """Of results on the same text, as far as all of them are kept; none where their texts differ. A token
    takes with it the characters between the one before and itself, such as a space that its offsets leave
    out."""
    longest = max((one.text for one in shown), key=len)
    if not all(one.text and longest.startswith(one.text) for one in shown):
        return Stretches("", np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros((len(shown), 0)))
    ends = [np.maximum.accumulate(one.ends) for one in shown]
    cuts = [_cuts(one, reached) for one, reached in zip(shown, ends, strict=True)]
    shared = sorted(set.intersection(*cuts))
    bounds = np.array([0, *(cut for cut in shared if cut)], np.int64)
    text = longest[: int(bounds[-1])]
    sizes = [len(text[a:b].encode()) for a, b in pairwise(bounds.tolist())]
    bits = np.stack([_bits(one, reached, bounds) for one, reached in zip(shown, ends, strict=True)])
    return Stretches(text, bounds, np.array(sizes, np.int64), bits)


def blocks(found: Stretches, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbouring stretches together, of at least ``size`` bytes: where each begins in bytes [block], its
    bytes [block], and what it cost [model, block]. What someone does not predict counts for none."""
    known = np.isfinite(found.bits).all(0)
    sizes, bits = found.bytes[known], found.bits[:, known]
    if not len(sizes):
        return np.zeros(0, int), np.zeros(0, int), np.zeros((len(found.bits), 0))
    before = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    firsts = np.unique(before // size, return_index=True)[1]
    begins = before[firsts] + int(found.bytes[~known].sum())
    return begins, np.add.reduceat(sizes, firsts), np.add.reduceat(bits, firsts, 1)


def difference(found: Stretches, first: int, second: int, size: int) -> Difference:
    """Of two models, over blocks of ``size`` bytes."""
    _, sizes, bits = blocks(found, size)
    more = bits[second] - bits[first]
    mean = float(more.sum() / sizes.sum()) if len(sizes) else math.nan
    error = 1.96 * ratio_error(more, sizes) if len(sizes) >= FEWEST else math.nan
    return Difference(mean, mean - error, mean + error, len(sizes))


def _cuts(shown: Shown, reached: np.ndarray) -> set[int]:
    """The characters at which a token ends and no other goes on."""
    clean = np.append(shown.starts[1:] >= reached[:-1], True)
    return set(reached[clean].tolist())


def _bits(shown: Shown, reached: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """A token belongs to the stretch in which it ends; one that stands for nothing to what follows it."""
    nothing = np.diff(reached, prepend=0) == 0
    ends = np.where(nothing & (shown.starts >= reached), reached + 1, reached)
    place = np.searchsorted(bounds, ends) - 1
    inside = (place >= 0) & (place < len(bounds) - 1)
    sums = np.zeros(len(bounds) - 1)
    np.add.at(sums, place[inside], shown.nats[inside].astype(np.float64))
    return sums / math.log(2)
