"""Whether votes follow something else than the texts' worth: their length, their side, or nothing that stays
the same from one day to the next. SciPy for an exact test, else the standard library.
"""

from collections.abc import Sequence

from pipelines.common.proportions import mcnemar
from pipelines.preferences.measures.finding import Finding, of_share
from pipelines.preferences.measures.majority import DECIDED, settled
from pipelines.preferences.measures.shares import wilson
from pipelines.preferences.measures.winning import words
from pipelines.preferences.records import Choice, Kind, Pair, Vote

_SURE = 0.05
_SAME = 0.8
_TIES, _BAD, _SKIPS = 0.4, 0.3, 0.2


def length_bias(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Finding:
    """The share of decided pairs in which the longer text (in words) won."""
    longer = []
    for pair, choice in settled(pairs, votes):
        gap = words(pair.text_a) - words(pair.text_b)
        if choice in DECIDED and gap:
            longer.append((pair.id, (gap > 0) == (choice == Choice.A)))
    share = wilson(sum(won for _, won in longer), len(longer))
    look = bool(longer) and not share.low <= 0.5 <= share.high
    more = bool(longer) and share.value > 0.5
    rule = "look where the interval leaves out a half: one length wins more often than the other"
    shown = (pair for pair, won in longer if won == more)
    return of_share("length_bias", "The longer text wins", share, look, rule, shown)


def position_bias(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Finding:
    """The share of decided votes for the text that stood on the left. A judge sees both orders anyway."""
    known = {pair.id for pair in pairs}
    sides = [
        (vote.pair, (vote.choice == Choice.A) != vote.flipped)
        for vote in votes
        if vote.pair in known and vote.choice in DECIDED and vote.kind != Kind.JUDGE
    ]
    left = sum(one for _, one in sides)
    look = mcnemar(left, len(sides) - left) < _SURE
    rule = f"look where chance gives such a share less than once in {1 / _SURE:.0f} times (exact binomial)"
    return of_share("position_bias", "The left text wins", wilson(left, len(sides)), look, rule)


def consistency(pairs: Sequence[Pair], votes: Sequence[Vote]) -> Finding:
    """The share of pairs shown again on which the same annotator said the same of the texts."""
    known = {pair.id: pair for pair in pairs}
    said = {(vote.pair, vote.annotator): vote.choice for vote in votes if vote.choice != Choice.SKIP}
    twice = [
        (id, choice == said[known[id].repeats, who])
        for (id, who), choice in said.items()
        if id in known and known[id].repeats and (known[id].repeats, who) in said
    ]
    share = wilson(sum(same for _, same in twice), len(twice))
    look = bool(twice) and share.value < _SAME
    rule = f"look where less than {_SAME:.0%} of what was shown twice was judged alike"
    shown = (pair for pair, same in twice if not same)
    return of_share("consistency", "The same again, judged alike", share, look, rule, shown)


def undecided(pairs: Sequence[Pair], votes: Sequence[Vote]) -> tuple[Finding, ...]:
    """The shares of votes that prefer neither: ties and both bad among those that say something, and skips
    among all."""
    known = {pair.id for pair in pairs}
    every = [vote for vote in votes if vote.pair in known]
    said = [vote for vote in every if vote.choice != Choice.SKIP]
    return (
        _share_of(Choice.TIE, "ties", "Ties", said, _TIES, "the answers hardly differ"),
        _share_of(
            Choice.BOTH_BAD, "both_bad", "Both bad", said, _BAD, "the model is too weak for its prompts"
        ),
        _share_of(Choice.SKIP, "skips", "Skipped", every, _SKIPS, "the prompts cannot be judged"),
    )


def _share_of(choice: Choice, name: str, title: str, votes: list[Vote], most: float, why: str) -> Finding:
    found = [vote.pair for vote in votes if vote.choice == choice]
    share = wilson(len(found), len(votes))
    look = bool(votes) and share.value > most
    return of_share(name, title, share, look, f"look above {most:.0%}: {why}", found)
