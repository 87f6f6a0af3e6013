"""What the quality report is made of: one measured thing a finding. Standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.preferences.measures.shares import Share

FINE, LOOK, UNKNOWN = "fine", "look", "not measured"
_EXAMPLES = 10


@dataclass(frozen=True)
class Finding:
    """``value`` is a share (``unit`` "share") or a number of ``unit``; its interval is None where it does not
    come from a sample. ``count`` says of how many; ``verdict`` is one of "fine", "look" and, where nothing
    could be measured, "not measured"; ``rule`` is what it was decided by; ``pairs`` are ids of examples."""

    name: str
    title: str
    value: float | None
    unit: str
    count: int
    verdict: str
    rule: str
    low: float | None = None
    high: float | None = None
    pairs: tuple[str, ...] = ()
    note: str = ""


def of_share(
    name: str, title: str, share: Share, look: bool, rule: str, pairs: Iterable[str] = ()
) -> Finding:
    told = verdict(look, share.count)
    ids = examples(pairs)
    return Finding(name, title, share.value, "share", share.count, told, rule, share.low, share.high, ids)


def of_number(
    name: str, title: str, pairs: Iterable[str], count: int, look: bool, rule: str, note: str = ""
) -> Finding:
    """How many of ``count`` pairs; all of them were looked at, so there is no interval."""
    found = tuple(dict.fromkeys(pairs))
    value = len(found) if count else None
    return Finding(
        name, title, value, "pairs", count, verdict(look, count), rule, pairs=examples(found), note=note
    )


def verdict(look: bool, count: int) -> str:
    return UNKNOWN if not count else LOOK if look else FINE


def examples(pairs: Iterable[str]) -> tuple[str, ...]:
    """A few, each once."""
    return tuple(dict.fromkeys(pairs))[:_EXAMPLES]
