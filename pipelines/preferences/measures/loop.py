"""The whole way on one row: collected, trained, voted on again. Pure: what was trained is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.preferences.measures.agreement import agreement
from pipelines.preferences.measures.majority import DECIDED, settled
from pipelines.preferences.measures.winning import WinRate, win_rate
from pipelines.preferences.records import Kind, Pair, Round, Vote


@dataclass(frozen=True)
class Trained:
    """What was made from a round: its name (``run/<job id>``), how (``dpo``, ``kto``, …), how far the job is,
    and the perplexity on held-out text before and after, where it was measured."""

    model: str
    kind: str
    state: str
    pairs: int = 0
    perplexity_before: float | None = None
    perplexity_after: float | None = None

    @property
    def forgetting(self) -> float | None:
        """By what share the perplexity rose: 0.1 is ten per cent; below 0 it fell."""
        if not self.perplexity_before or self.perplexity_after is None:
            return None
        return self.perplexity_after / self.perplexity_before - 1


@dataclass(frozen=True)
class Revote:
    """Fresh pairs of ``model`` against its base, and the votes on them."""

    model: str
    pairs: tuple[Pair, ...]
    votes: tuple[Vote, ...]


@dataclass(frozen=True)
class LoopRow:
    """A round of the loop. ``agreement`` is Krippendorff's α; ``people`` and ``judge`` are the win rates of
    what was trained by persons' (and programs') votes and by a judge's, each None where there is none."""

    round: str
    title: str
    created: float
    pairs: int
    votes: int
    decided: int
    annotators: int
    agreement: float | None
    trained: Trained | None
    people: WinRate | None
    judge: WinRate | None


def loop_row(
    round: Round,
    pairs: Sequence[Pair],
    votes: Sequence[Vote],
    trained: Trained | None = None,
    revote: Revote | None = None,
) -> LoopRow:
    """``pairs`` and ``votes`` are the collected ones; ``decided`` counts pairs that one text has won."""
    decided = sum(choice in DECIDED for _, choice in settled(pairs, votes))
    return LoopRow(
        round=round.id,
        title=round.title,
        created=round.created,
        pairs=len(pairs),
        votes=len(votes),
        decided=decided,
        annotators=len({vote.annotator for vote in votes}),
        agreement=agreement(pairs, votes).krippendorff,
        trained=trained,
        people=_rate(revote, judged=False),
        judge=_rate(revote, judged=True),
    )


def _rate(revote: Revote | None, judged: bool) -> WinRate | None:
    if revote is None:
        return None
    votes = [vote for vote in revote.votes if (vote.kind == Kind.JUDGE) == judged]
    found = win_rate(revote.pairs, votes, revote.model)
    return found if found.count else None
