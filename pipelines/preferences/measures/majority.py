"""What the votes on a pair come to. Pure, standard library only.

The choice that most votes made counts; where two choices have as many, it is a tie. Skips say nothing. A
judge stands in where nobody else has voted: its votes count only on pairs without a person's or a program's.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from pipelines.preferences.records import Choice, Kind, Pair, Vote

DECIDED = (Choice.A, Choice.B)


def by_pair(votes: Iterable[Vote]) -> dict[str, list[Vote]]:
    """Pair id → its votes, in their order."""
    found: dict[str, list[Vote]] = {}
    for vote in votes:
        found.setdefault(vote.pair, []).append(vote)
    return found


def originals(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that do not show another one of them again."""
    known = {pair.id for pair in pairs}
    return [pair for pair in pairs if pair.repeats not in known]


def majority(votes: Iterable[Vote]) -> Choice | None:
    """None where all votes are skips, or there is none.

    >>> majority([Vote("1", "p", "x", Choice.A), Vote("2", "p", "y", Choice.TIE)]).value
    'tie'
    """
    said = [vote for vote in votes if vote.choice != Choice.SKIP]
    counting = [vote for vote in said if vote.kind != Kind.JUDGE] or said
    ranked = Counter(vote.choice for vote in counting).most_common(2)
    if not ranked:
        return None
    draw = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return Choice.TIE if draw else ranked[0][0]


def settled(pairs: Sequence[Pair], votes: Iterable[Vote]) -> list[tuple[Pair, Choice]]:
    """The pairs that somebody has judged, with their majority; repeats are left out."""
    known = by_pair(votes)
    told = ((pair, majority(known.get(pair.id, ()))) for pair in originals(pairs))
    return [(pair, choice) for pair, choice in told if choice is not None]
