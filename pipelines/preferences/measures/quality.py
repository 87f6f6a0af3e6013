"""The quality report: what to look at before training on what was collected. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.preferences.measures.biases import consistency, length_bias, position_bias, undecided
from pipelines.preferences.measures.contradictions import contradictions
from pipelines.preferences.measures.copies import leaks, near_duplicates, same_texts
from pipelines.preferences.measures.finding import LOOK, Finding
from pipelines.preferences.measures.pace import Pace, paces, speed
from pipelines.preferences.records import Pair, Vote


@dataclass(frozen=True)
class Quality:
    """``pairs`` and ``votes`` count what was looked at; ``paces`` has one entry for each person."""

    pairs: int
    votes: int
    findings: tuple[Finding, ...]
    paces: tuple[Pace, ...]

    @property
    def to_look_at(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.verdict == LOOK)

    def finding(self, name: str) -> Finding:
        return next(one for one in self.findings if one.name == name)


def quality(pairs: Sequence[Pair], votes: Sequence[Vote], evaluation: Iterable[str] = ()) -> Quality:
    """``evaluation`` are the prompts that a model trained from these pairs will be judged by."""
    findings = (
        length_bias(pairs, votes),
        position_bias(pairs, votes),
        consistency(pairs, votes),
        speed(pairs, votes),
        *undecided(pairs, votes),
        contradictions(pairs, votes),
        same_texts(pairs),
        near_duplicates(pairs),
        leaks(pairs, evaluation),
    )
    return Quality(len(pairs), len(votes), findings, paces(pairs, votes))
