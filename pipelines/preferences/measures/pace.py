"""How long people look at a pair, and which votes came faster than anybody reads. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pipelines.preferences.measures.finding import Finding, of_share
from pipelines.preferences.measures.majority import by_pair
from pipelines.preferences.measures.shares import wilson
from pipelines.preferences.measures.winning import words
from pipelines.preferences.records import Choice, Kind, Pair, Vote

_WORDS_A_MINUTE = 600  # twice as fast as most people read
_MOST = 0.1


@dataclass(frozen=True)
class Pace:
    """``seconds`` is the median over the votes whose time was measured, None without one; ``fast`` counts
    those that came before both texts could be read."""

    annotator: str
    name: str
    votes: int
    seconds: float | None
    fast: int


def paces(pairs: Sequence[Pair], votes: Sequence[Vote]) -> tuple[Pace, ...]:
    """People alone, who voted most first."""
    needed = {pair.id: seconds_to_read(pair) for pair in pairs}
    mine: dict[str, list[Vote]] = {}
    for vote in votes:
        if vote.kind == Kind.HUMAN and vote.pair in needed:
            mine.setdefault(vote.annotator, []).append(vote)
    found = []
    for annotator, cast in mine.items():
        times = [vote.seconds for vote in cast if vote.seconds > 0]
        fast = sum(_fast(vote, needed[vote.pair]) for vote in cast)
        middle = median(times) if times else None
        found.append(Pace(annotator, cast[-1].name or annotator, len(cast), middle, fast))
    return tuple(sorted(found, key=lambda one: -one.votes))


def speed(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Finding:
    known = by_pair(vote for vote in votes if vote.kind == Kind.HUMAN and vote.seconds > 0)
    timed = [
        (pair.id, _fast(vote, needed))
        for pair in pairs
        if pair.id in known
        for needed in (seconds_to_read(pair),)
        for vote in known[pair.id]
    ]
    share = wilson(sum(fast for _, fast in timed), len(timed))
    look = bool(timed) and share.value > _MOST
    rule = f"look where more than {_MOST:.0%} of votes came faster than {_WORDS_A_MINUTE} words a minute"
    shown = (pair for pair, fast in timed if fast)
    return of_share("speed", "Faster than reading", share, look, rule, shown)


def seconds_to_read(pair: Pair) -> float:
    """Both answers, and what the user said last."""
    return 60 / _WORDS_A_MINUTE * sum(map(words, (pair.question, pair.text_a, pair.text_b)))


def _fast(vote: Vote, needed: float) -> bool:
    """A skip needs no reading."""
    return 0 < vote.seconds < needed and vote.choice != Choice.SKIP
