"""How far annotators agree, beyond chance: Cohen's κ, Fleiss' κ, Krippendorff's α. NumPy only; never NaN.

What is compared is what was said of the texts, a choice among a, b, tie and both bad, without an order among
them. A skip is a missing value. What was said of a repeat is left out: it is consistency, not agreement.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.preferences.measures.majority import originals
from pipelines.preferences.records import Choice, Pair, Vote

CHOICES = (Choice.A, Choice.B, Choice.TIE, Choice.BOTH_BAD)
_CODES = {choice: code for code, choice in enumerate(CHOICES)}
_MISSING = -1
_SAMPLES, _SEED = 1_000, 0  # the same votes always have the same interval
_AT_ONCE = 4_000_000  # numbers drawn together
_ANNOTATORS = 200  # in the matrix
Said = dict[tuple[int, str], int]
_ONE_CHOICE = "Every vote is the same choice, so agreement cannot be told from chance."
_NOBODY = "No two annotators have judged the same pair."


@dataclass(frozen=True)
class Agreement:
    """``cohen`` is the mean over all two annotators, weighted by the pairs that both judged; ``fleiss`` is of
    the ``fleiss_pairs`` pairs that have ``fleiss_votes`` votes each, the commonest number (the other pairs
    are not used); ``krippendorff`` uses every vote on a pair with several, and has a 95 % interval
    (bootstrap over pairs). Both count everybody; ``annotators``, and so ``cohen`` and ``matrix``, are the 200
    who voted most. ``observed`` is the plain share of agreeing votes; ``matrix[i][j]`` that of
    annotators i and j, None where they have no pair in common. What is None has its reason in ``reasons``.
    """

    cohen: float | None
    fleiss: float | None
    krippendorff: float | None
    low: float | None
    high: float | None
    observed: float | None
    annotators: tuple[str, ...]
    judged_by_several: int
    matrix: tuple[tuple[float | None, ...], ...]
    fleiss_pairs: int = 0
    fleiss_votes: int = 0
    reasons: dict[str, str] = field(default_factory=dict)


def agreement(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Agreement:
    said = _said(pairs, votes)
    annotators, codes = _table(said)
    counts = _counts(said)
    together = _together(codes)
    same, size = _same_sized(counts)
    found = {"cohen": cohen_kappa(codes), "fleiss": fleiss_kappa(same), "krippendorff": alpha(counts)}
    nothing = _ONE_CHOICE if len(counts) else _NOBODY
    low, high = _interval(counts)
    return Agreement(
        **found,
        low=low,
        high=high,
        observed=_observed(counts),
        annotators=annotators,
        judged_by_several=len(counts),
        matrix=_matrix(*together),
        fleiss_pairs=len(same),
        fleiss_votes=size,
        reasons={name: nothing for name, value in found.items() if value is None},
    )


def cohen_kappa(codes: np.ndarray) -> float | None:
    """Cohen (1960) from codes[pair, annotator], -1 where missing. None where no two annotators share a pair
    or all that share one always chose alike.

    >>> round(cohen_kappa(np.array([[0, 0], [0, 0], [0, 1], [1, 1], [1, 1]])), 3)
    0.615
    """
    overlap, same = _together(codes)
    voted = (codes != _MISSING).astype(float)
    ours = [(codes == code).astype(float).T @ voted for code in range(len(CHOICES))]  # i's, where j voted
    chance = sum(counts * counts.T for counts in ours)
    upper = np.triu(overlap > 0, 1) & (chance < overlap**2)
    if not upper.any():
        return None
    n, expected = overlap[upper], chance[upper] / overlap[upper] ** 2
    return float(np.average((same[upper] / n - expected) / (1 - expected), weights=n))


def fleiss_kappa(counts: np.ndarray) -> float | None:
    """Fleiss (1971) from counts[pair, choice], with the same number of votes, two or more, in every row."""
    if not len(counts):
        return None
    n = counts.sum(1)[0]
    expected = float(((counts.sum(0) / counts.sum()) ** 2).sum())
    if expected >= 1 - 1e-12:
        return None
    observed = float(((counts**2).sum(1) - n).mean() / (n * (n - 1)))
    return (observed - expected) / (1 - expected)


def alpha(counts: np.ndarray) -> float | None:
    """Krippendorff (2011), nominal, from counts[pair, choice] with two votes or more in every row."""
    found = _alphas(np.ones((1, len(counts))), counts) if len(counts) else np.array([np.nan])
    return float(found[0]) if np.isfinite(found[0]) else None


def _alphas(weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """α[sample] where pair u stands weights[sample, u] times in a sample; NaN where it is not defined."""
    size = counts.sum(1)
    alike = weights @ ((counts * (counts - 1)).sum(1) / (size - 1))
    margins = weights @ counts
    n = margins.sum(1)
    chance = n**2 - (margins**2).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance > 0, 1 - (n - 1) * (n - alike) / chance, np.nan)


def _interval(counts: np.ndarray) -> tuple[float | None, float | None]:
    """None for pairs that all have the same to say: there is nothing to draw from."""
    if len(counts) < 2:
        return None, None
    rng, drawn, step = np.random.default_rng(_SEED), [], max(1, _AT_ONCE // len(counts))
    for start in range(0, _SAMPLES, step):
        size = min(step, _SAMPLES - start)
        weights = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size)
        drawn.append(_alphas(weights, counts))
    known = np.concatenate(drawn)
    known = known[np.isfinite(known)]
    if not len(known) or np.ptp(known) < 1e-12:
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def _said(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Said:
    """(row of the pair, annotator) → code; an annotator's last vote on a pair counts."""
    rows = {pair.id: row for row, pair in enumerate(originals(pairs))}
    told = (vote for vote in votes if vote.pair in rows and vote.choice in _CODES)
    return {(rows[vote.pair], vote.annotator): _CODES[vote.choice] for vote in told}


def _counts(said: Said) -> np.ndarray:
    """counts[pair, choice] of the pairs that several have judged."""
    cells = [row * len(CHOICES) + code for (row, _), code in said.items()]
    rows = 1 + max((row for row, _ in said), default=-1)
    counts = np.bincount(np.array(cells, int), minlength=rows * len(CHOICES)).reshape(rows, len(CHOICES))
    return counts[counts.sum(1) >= 2].astype(float)


def _table(said: Said) -> tuple[tuple[str, ...], np.ndarray]:
    """(annotators, codes[pair, annotator]) of those who voted most, in the order of their first votes."""
    often = Counter(who for _, who in said)
    most = {who for who, _ in often.most_common(_ANNOTATORS)}
    columns = {who: column for column, who in enumerate(who for who in often if who in most)}
    codes = np.full((1 + max((row for row, _ in said), default=-1), len(columns)), _MISSING, np.int8)
    for (row, who), code in said.items():
        if who in columns:
            codes[row, columns[who]] = code
    return tuple(columns), codes


def _together(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(overlap, same)[annotator, annotator]: pairs that both judged, and judged alike."""
    voted = (codes != _MISSING).astype(float)
    same = sum((chose := (codes == code).astype(float)).T @ chose for code in range(len(CHOICES)))
    return voted.T @ voted, same


def _same_sized(counts: np.ndarray) -> tuple[np.ndarray, int]:
    """The rows with the commonest number of votes, of equally common ones the larger, and that number."""
    if not len(counts):
        return counts, 0
    sizes, often = np.unique(counts.sum(1), return_counts=True)
    size = sizes[often == often.max()].max()
    return counts[counts.sum(1) == size], int(size)


def _observed(counts: np.ndarray) -> float | None:
    """Of all two votes on one pair, the share that is alike."""
    size = counts.sum(1)
    both = (size * (size - 1)).sum()
    return float((counts * (counts - 1)).sum() / both) if both else None


def _matrix(overlap: np.ndarray, same: np.ndarray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(
        tuple(float(s / n) if n else None for s, n in zip(alike, common, strict=True))
        for alike, common in zip(same, overlap, strict=True)
    )
