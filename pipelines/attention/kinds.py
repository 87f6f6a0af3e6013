"""Heads that look like a known kind, from their measures on one text. Only NumPy.

A kind is a guess: one text shows what a head does there, not what it is for. So a head is named only where
much of its weight lies where the kind's would, and clearly more than even attention would put there.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.attention.answers import MEASURES, Part
from pipelines.attention.even import even, repeats

LEAST = 0.4  # of the weight, mean over the queries that count
TIMES = 2.0  # as much as even attention would put there
REPEATED = 3  # queries with an earlier token like their own, below which nothing is said about these
KINDS = {
    "previous-token": "previous",
    "induction": "induction",
    "duplicate-token": "duplicate",
    "first-token sink": "first",
    "own-token": "itself",
}  # kind → the measure that tells it


@dataclass(frozen=True)
class Likely:
    """A head that looks like a kind: ``share`` of its weight lies where that kind's would."""

    kind: str
    layer: int
    head: int
    share: float


def likely(part: Part, usual: np.ndarray | None = None) -> tuple[Likely, ...]:
    """By kind, within a kind the clearest first. A head may look like several. ``usual`` is
    :func:`~pipelines.attention.even.even` of the part, where it is known already."""
    usual = even(part) if usual is None else usual
    again, found = repeats(part), []
    for kind, measure in KINDS.items():
        if measure in ("duplicate", "induction") and again < REPEATED:
            continue
        which = MEASURES.index(measure)
        shares = np.nan_to_num(part.measures[:, :, which])
        floor = np.maximum(LEAST, TIMES * np.nan_to_num(usual[:, which]))
        layers, heads = np.nonzero(shares >= floor[:, None])
        order = np.argsort(-shares[layers, heads], kind="stable")
        found += [
            Likely(kind, int(layers[i]), int(heads[i]), float(shares[layers[i], heads[i]])) for i in order
        ]
    return tuple(found)
