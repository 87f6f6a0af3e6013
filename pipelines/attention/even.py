"""What the measures would be if every query attended to all that it may see alike: what a head is held
against. Only NumPy.

>>> even_measures(np.array([5, 6]), np.array([5, 6]), causal=True)[MEASURES.index("previous")]
0.5
"""

import numpy as np

from pipelines.attention.answers import MEASURES, Part

_ROWS = 256  # of queries at a time


def even(part: Part) -> np.ndarray:
    """float64 [layer, measure], in the order of MEASURES and as they are defined; NaN where they are."""
    ids, same = (part.queries.ids, part.keys.ids), part.name != "cross"
    known = {
        window: even_measures(*ids, causal=part.causal, window=window, same=same)
        for window in set(part.windows.tolist())
    }
    return np.stack([known[window] for window in part.windows.tolist()])


def even_measures(
    queries: np.ndarray, keys: np.ndarray, causal: bool, window: int = 0, same: bool = True
) -> np.ndarray:
    """float64 [measure]. A query sees the keys less than ``window`` tokens away (0: all), and with ``causal``
    none after it; ``same`` says that both are one sequence."""
    sums, rows = np.zeros(len(MEASURES)), np.zeros(len(MEASURES))
    for first in range(0, len(queries), _ROWS):
        at, key = np.arange(first, min(first + _ROWS, len(queries)))[:, None], np.arange(len(keys))[None]
        seen = np.ones((len(at), len(keys)), bool)
        if causal:
            seen &= key <= at
        if window:
            seen &= abs(at - key) < window
        count = seen.sum(1)
        for which, (places, counts) in enumerate(_places(queries, keys, at, key, same)):
            sums[which] += ((places * seen).sum(1) / count).sum()
            rows[which] += counts.sum()
        sums[MEASURES.index("entropy")] += np.log(count).sum()
        rows[MEASURES.index("entropy")] += len(at)
    found = sums / np.where(rows > 0, rows, np.nan)
    if not same:
        found[[name not in ("entropy", "first") for name in MEASURES]] = np.nan
    return found


def repeats(part: Part) -> int:
    """How many queries have an earlier token like their own: those over which the measures of duplicates and
    of induction are means."""
    return 0 if part.name == "cross" else len(part.queries.ids) - len(np.unique(part.queries.ids))


def _places(
    queries: np.ndarray, keys: np.ndarray, at: np.ndarray, key: np.ndarray, same: bool
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each measure: how much a weight at [row, key] counts, and which rows do."""
    later = (at > 0)[:, 0]
    alike = queries[at] == keys[key]
    before = np.zeros_like(alike)
    before[:, 1:] = alike[:, :-1]  # the token before this key is the query's
    earlier, followed = alike & (key < at), before & (key <= at)
    every = np.ones(len(at), bool)
    first = later if same else every
    return [
        (np.zeros_like(alike), np.zeros(len(at), bool)),  # the entropy is no sum over places
        (abs(at - key), every),
        ((key == 0) & first[:, None], first),
        ((key == at) & later[:, None], later),
        ((key == at - 1), later),
        (earlier, earlier.any(1)),
        (followed, followed.any(1)),
    ]
