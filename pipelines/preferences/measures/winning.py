"""How often a model's text wins, and how much longer its texts are. NumPy and SciPy only; never NaN.

Each pair counts once, by its majority; a tie and both bad are half a win. Pairs that nobody decided, repeats,
and pairs of the model with itself do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.common.intervals import mean_interval
from pipelines.common.words import word_pattern
from pipelines.preferences.measures.majority import settled
from pipelines.preferences.measures.shares import wilson
from pipelines.preferences.records import Choice, Pair, Vote

_WORD = word_pattern()


@dataclass(frozen=True)
class Lengths:
    """Mean words of the model's texts and of the others', and the mean difference within a pair with its
    95 % interval (bootstrap over pairs)."""

    mine: float
    others: float
    change: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class WinRate:
    """``share`` is (wins + ties / 2) / count, with Wilson's 95 % interval; None without a pair."""

    model: str
    share: float | None
    low: float | None
    high: float | None
    wins: int
    ties: int
    losses: int
    count: int
    lengths: Lengths | None


def win_rate(pairs: Sequence[Pair], votes: Sequence[Vote], model: str) -> WinRate:
    """Of ``model`` against whatever it was paired with."""
    games = [_seen_from(pair, choice, model) for pair, choice in settled(pairs, votes) if _plays(pair, model)]
    points = [point for point, _, _ in games]
    share = wilson(sum(points), len(points))
    return WinRate(
        model,
        share.value,
        share.low,
        share.high,
        points.count(1.0),
        points.count(0.5),
        points.count(0.0),
        len(points),
        _lengths([(words(mine), words(other)) for _, mine, other in games]),
    )


def words(text: str) -> int:
    """Also in scripts without spaces, where a character stands for a word."""
    return len(_WORD.findall(text))


def _plays(pair: Pair, model: str) -> bool:
    return (pair.model_a == model) != (pair.model_b == model)


def _seen_from(pair: Pair, choice: Choice, model: str) -> tuple[float, str, str]:
    """(points, its text, the other's)."""
    ours, texts = Choice.A, (pair.text_a, pair.text_b)
    if pair.model_b == model:
        ours, texts = Choice.B, texts[::-1]
    won = 1.0 if choice == ours else 0.0 if choice in (Choice.A, Choice.B) else 0.5
    return won, *texts


def _lengths(counted: list[tuple[int, int]]) -> Lengths | None:
    if not counted:
        return None
    mine, others = (sum(column) / len(counted) for column in zip(*counted, strict=True))
    change = mean_interval([one - other for one, other in counted])
    ends = (None, None) if change.count < 2 else (change.low, change.high)
    return Lengths(mine, others, change.mean, *ends)
