"""Where several draws vote: how the votes fall, and whether the share of the winner says how likely it is to
be right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pipelines.common.intervals import Interval, mean_interval
from pipelines.common.proportions import Proportion, proportion
from pipelines.core.fields import check_whole
from pipelines.prompting.measures.graded import Graded, Vote


@dataclass(frozen=True)
class Bin:
    """The items whose winner had a share of the votes above ``low`` up to ``high``. ``share`` is their mean
    share, NaN without items."""

    low: float
    high: float
    share: float
    accuracy: Proportion


@dataclass(frozen=True)
class Calibration:
    """``ece`` is the expected calibration error (Guo et al. 2017), the mean distance of share and accuracy
    over the bins, weighted by their items; ``brier`` the mean squared distance of the share from 1 (right) or
    0 (wrong). 0 is best for both. ``accuracy`` and ``share`` are over all ``items``."""

    bins: tuple[Bin, ...]
    ece: float
    brier: Interval
    accuracy: Proportion
    share: float
    items: int


def majority(answers: Sequence[str]) -> str:
    """The most frequent answer, of equals the one that came first. Empty ones have no vote.

    >>> majority(["7", "8", "", "8", "7", ""]), majority(["", ""])
    ('7', '')
    """
    counts: dict[str, int] = {}
    for answer in filter(None, answers):
        counts[answer] = counts.get(answer, 0) + 1
    return max(counts, key=counts.__getitem__, default="")


def shares(votes: Sequence[Vote]) -> list[float]:
    """Of all draws, those without an answer too."""
    total = sum(vote.count for vote in votes)
    return [vote.count / total for vote in votes]


def winner(votes: Sequence[Vote]) -> tuple[float, bool]:
    """The winner's share of the votes, and whether it is right: (0, False) where no draw had an answer."""
    return (shares(votes)[0], votes[0].right) if votes and votes[0].answer else (0.0, False)


def mean_share(items: Sequence[Graded]) -> float | None:
    """The winner's share of the votes, over the items that were voted on; None without any."""
    found = [winner(one.votes)[0] for one in items if one.votes]
    return fmean(found) if found else None


def calibration(items: Sequence[Graded], bins: int = 10) -> Calibration:
    """Of the items that were voted on, in equal steps of the winner's share."""
    check_whole("bins", bins, 1, 100)
    found = [winner(one.votes) for one in items if one.votes]
    sure, right = [share for share, _ in found], [hit for _, hit in found]
    tables = [_bin(step, bins, found) for step in range(bins)]
    gaps = [one.accuracy.count * abs(one.share - one.accuracy.share) for one in tables if one.accuracy.count]
    return Calibration(
        tuple(tables),
        sum(gaps) / len(found) if found else float("nan"),
        mean_interval([(share - hit) ** 2 for share, hit in found]),
        proportion(sum(right), len(right)),
        fmean(sure) if sure else float("nan"),
        len(found),
    )


def _bin(step: int, bins: int, found: Sequence[tuple[float, bool]]) -> Bin:
    inside = [(share, hit) for share, hit in found if _step(share, bins) == step]
    mean = fmean(share for share, _ in inside) if inside else float("nan")
    return Bin(step / bins, (step + 1) / bins, mean, proportion(sum(hit for _, hit in inside), len(inside)))


def _step(share: float, bins: int) -> int:
    """Upper ends belong to their bin; 0 to the first. 3 of 10 votes are not pushed over 0.3 by rounding."""
    return max(0, -int(-(share * bins - 1e-9) // 1) - 1)
