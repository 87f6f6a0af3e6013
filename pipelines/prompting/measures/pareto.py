"""Accuracy against what it takes: tokens and seconds of an item, and which cells no other beats in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pipelines.common.proportions import Proportion
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.accuracy import share
from pipelines.prompting.measures.graded import Cell


@dataclass(frozen=True)
class Point:
    """``tokens`` (prompt and answers) and ``seconds`` are means of an item. ``best_for_tokens`` and
    ``best_for_seconds`` mark the front: by the accuracies found, not by their intervals."""

    name: str
    accuracy: Proportion
    tokens: float
    seconds: float
    best_for_tokens: bool
    best_for_seconds: bool


def points(cells: Sequence[Cell], rule: str = FLEXIBLE) -> list[Point]:
    """Of the cells that have items, in their order."""
    known = [cell for cell in cells if cell.items]
    shares = [share(cell, rule) for cell in known]
    tokens = [fmean(one.tokens for one in cell.items) for cell in known]
    seconds = [fmean(one.seconds for one in cell.items) for cell in known]
    values = [one.share for one in shares]
    rows = zip(known, shares, tokens, seconds, front(values, tokens), front(values, seconds), strict=True)
    return [Point(cell.name, *row) for cell, *row in rows]


def front(gains: Sequence[float], costs: Sequence[float]) -> list[bool]:
    """Whether no other gains as much for less, or more for as little.

    >>> front([0.5, 0.9, 0.8, 0.9], [10, 40, 60, 40])
    [True, True, False, True]
    """
    marked, best = [False] * len(gains), None
    for place in sorted(range(len(gains)), key=lambda i: (costs[i], -gains[i])):
        if (
            best is None
            or gains[place] > gains[best]
            or (gains[place], costs[place])
            == (
                gains[best],
                costs[best],
            )
        ):
            marked[place], best = True, place
    return marked
