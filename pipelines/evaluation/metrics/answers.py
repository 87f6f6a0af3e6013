"""How texts came out by a metric, with everything that was counted. Data only."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Count:
    """An intermediate figure: ``value``, out of ``of`` where it is a share of something counted."""

    name: str
    value: float
    of: float | None = None


@dataclass(frozen=True)
class Marked:
    """A text in the metric's own units, and of each unit how it counted: ``""`` for not at all, else a word
    such as ``exact``, ``inserted``, or the length of the longest n-gram that was matched around it."""

    units: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alignment:
    """A pair as the metric saw it: the prediction beside the one of its ``references`` that counted (its
    number from 0). ``links`` are (unit of the prediction, unit of the reference, how they match).
    ``similarity[prediction unit, reference unit]`` only where vectors were compared. ``joint`` is what stands
    between the units when they are shown."""

    prediction: Marked
    reference: Marked = Marked()
    number: int = 0
    links: tuple[tuple[int, int, str], ...] = ()
    similarity: np.ndarray | None = None
    joint: str = " "


@dataclass(frozen=True)
class Pair:
    """One prediction. ``statistics`` are what the whole figure is made of: their sums over all pairs.
    ``alignment`` is there for the first pairs only."""

    value: float
    statistics: tuple[float, ...]
    counts: tuple[Count, ...] = ()
    alignment: Alignment | None = None


@dataclass(frozen=True)
class SystemsCompared:
    """Two systems by the same references. ``difference`` is the second's figure minus the first's; ``low``
    and ``high`` hold 95 % of what the paired bootstrap gives: too little where there are few pairs.
    ``p_value`` is two-sided, by the ``test`` that was asked for."""

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    test: str
    samples: int


@dataclass(frozen=True)
class Measured:
    """``value`` is of all pairs, 95 % of it from ``low`` to ``high`` when pairs are drawn again: None where
    that says nothing, of a single pair or of a figure that is no sum over pairs. ``formula`` says in numbers
    how it came about, ``signature`` what another must know to get the same; ``note`` what a reader should."""

    metric: str
    value: float
    signature: str
    formula: str
    counts: tuple[Count, ...]
    pairs: tuple[Pair, ...]
    note: str = ""
    low: float | None = None
    high: float | None = None
    compared: SystemsCompared | None = None
