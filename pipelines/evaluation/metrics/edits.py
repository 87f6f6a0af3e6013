"""The shortest way from one text to another by single edits (Levenshtein, 1966), and how it is shown.

A way is a string of steps: " " kept, "s" substituted, "i" a unit that the wanted text has not, "d" one that
is missing.
"""

from collections.abc import Sequence

import numpy as np

from pipelines.evaluation.metrics.answers import Alignment, Count, Marked

KEPT, SUBSTITUTED, EXTRA, MISSING = " ", "s", "i", "d"
_MARKS = {KEPT: "exact", SUBSTITUTED: "substituted", EXTRA: "extra", MISSING: "missing"}


def way(said: Sequence[str], wanted: Sequence[str]) -> str:
    """
    >>> way("kitten", "sitting")
    's   s d'
    """
    table, steps = _table(said, wanted), []
    at, there = len(said), len(wanted)
    while at or there:
        here = table[at, there]
        same = at and there and said[at - 1] == wanted[there - 1]
        if at and there and here == table[at - 1, there - 1] + (not same):
            steps.append(KEPT if same else SUBSTITUTED)
            at, there = at - 1, there - 1
        elif at and here == table[at - 1, there] + 1:
            steps.append(EXTRA)
            at -= 1
        else:
            steps.append(MISSING)
            there -= 1
    return "".join(reversed(steps))


def _table(said: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    """``[units of said, units of wanted]``, each with one more: the edits between what stands before them."""
    numbers = {unit: number for number, unit in enumerate(dict.fromkeys((*said, *wanted)))}
    columns = np.array([numbers[unit] for unit in wanted], np.int32)
    places = np.arange(len(wanted) + 1, dtype=np.int32)
    table = np.empty((len(said) + 1, len(wanted) + 1), np.int16)
    table[0] = places
    for at, unit in enumerate(said, start=1):
        above = table[at - 1].astype(np.int32)
        row = np.append(at, np.minimum(above[1:] + 1, above[:-1] + (columns != numbers[unit])))
        table[at] = np.minimum.accumulate(row - places) + places  # a missing unit costs 1 more than its left
    return table


def aligned(
    said: Sequence[str], wanted: Sequence[str], steps: str, number: int = 0, joint: str = " "
) -> Alignment:
    links, marks, theirs = [], [], []
    for step in steps:
        if step in (KEPT, SUBSTITUTED):
            links.append((len(marks), len(theirs), _MARKS[step]))
        if step != MISSING:
            marks.append(_MARKS[step])
        if step != EXTRA:
            theirs.append(_MARKS[step])
    first, second = Marked(tuple(said), tuple(marks)), Marked(tuple(wanted), tuple(theirs))
    return Alignment(first, second, number, tuple(links), joint=joint)


def edit_counts(steps: str) -> tuple[Count, ...]:
    names = (SUBSTITUTED, EXTRA, MISSING)
    return tuple(Count(_MARKS[step], float(steps.count(step))) for step in names)
