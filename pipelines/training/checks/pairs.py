"""Checks of preferences: answers that cannot be told apart or stand the wrong way round, rows that contradict
each other, and what would be learnt in place of the preference, such as length. Torch-free.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, findings
from pipelines.training.preferring.encode import encode_pair
from pipelines.training.rows.examples import Pair, Rated

_FEW = 20  # pairs, below which a share says nothing
_LONGER = 0.7  # share of the pairs whose preferred answer is the longer one
_EVEN = (1.0, 4 / 3)  # weight times number of the good answers over that of the bad (Ethayarajh et al. 2024)
_SWAPPED = {"chosen": ("rejected", "worse", "loser"), "rejected": ("chosen", "preferred", "better", "winner")}


def identical(subject: Subject) -> list[Finding]:
    """Pairs whose answers are the same text."""
    same = [item for item, pair in _pairs(subject) if pair.chosen.strip() == pair.rejected.strip()]
    words = "{count} have the same text as both answers: nothing is preferred."
    return findings("identical answers", BLOCKS, words, same)


def swapped(subject: Subject) -> list[Finding]:
    """Columns taken for each other, and pairs whose own ratings say the opposite."""
    crossed = [
        f"{role}={column}"
        for role, column in getattr(subject.spec, "roles", {}).items()
        if any(word in column.lower() for word in _SWAPPED.get(role, ()))
    ]
    if crossed:
        words = f"The columns seem to be taken for each other: {', '.join(crossed)}."
        return [Finding("swapped answers", BLOCKS, words, mend={"columns": _uncrossed(subject.spec.roles)})]
    against = [item for item, pair in _pairs(subject) if pair.margin < 0]
    words = "{count} rate the rejected answer higher than the chosen one: the two seem swapped."
    return findings("swapped answers", BLOCKS, words, against)


def contradictions(subject: Subject) -> list[Finding]:
    """The same two answers preferred one way and the other, one answer rated good and bad."""
    seen: dict[Any, set[Any]] = defaultdict(set)
    keyed = [(item, *_verdict(item.example)) for item in subject.items if _compares(item)]
    for _, question, verdict in keyed:
        seen[question].add(verdict)
    torn = [item for item, question, _ in keyed if len(seen[question]) > 1]
    words = "{count} say the opposite of another row about the same answers: leave them out, or decide."
    return findings("contradictory preferences", BLOCKS, words, torn)


def lengths(subject: Subject) -> list[Finding]:
    """Whether the preferred answers are mostly the longer or the shorter ones: then length is learnt."""
    differences = [len(p.chosen) - len(p.rejected) for _, p in _pairs(subject)]
    told = [d for d in differences if d]
    if len(told) < _FEW:
        return []
    share = sum(d > 0 for d in told) / len(told)
    if 1 - _LONGER < share < _LONGER:
        return []
    which, part = ("longer", share) if share >= _LONGER else ("shorter", 1 - share)
    mean = sum(differences) / len(differences)
    words = (
        f"In {part:.0%} of the pairs the preferred answer is the {which} one (by {abs(mean):,.0f} characters "
        "on average): the model may learn length in place of the preference."
    )
    return [Finding("length of the answers", WARNS, words)]


def beginnings(subject: Subject) -> list[Finding]:
    """Pairs that ``max_length`` cuts before their answers differ."""
    cut = {(item.file, item.row) for item, facts in subject.measured() if facts.cut}
    items = [item for item, pair in _pairs(subject) if (item.file, item.row) in cut and _alike(subject, pair)]
    words = (
        f"{{count}} have answers that are alike over the first {subject.spec.max_length:,} tokens: what "
        "differs is cut off."
    )
    return findings("cut before they differ", BLOCKS, words, items)


def both(subject: Subject) -> list[Finding]:
    """Whether good and bad answers are there, and about balanced in the loss."""
    rated = [i.example.good for i in subject.items if isinstance(i.example, Rated) and not i.held_out]
    if not rated:
        return []
    good, bad = sum(rated), len(rated) - sum(rated)
    if not good or not bad:
        words = (
            f"All answers to learn from are {'good' if good else 'bad'} ones: there is nothing to compare."
        )
        return [Finding("good and bad answers", BLOCKS, words)]
    spec = subject.spec
    weights = getattr(spec, "desirable_weight", 1.0), getattr(spec, "undesirable_weight", 1.0)
    ratio = good * weights[0] / max(1e-9, bad * weights[1])
    if _EVEN[0] / 1.5 <= ratio <= _EVEN[1] * 1.5:
        return []
    words = f"{good:,} answers are good and {bad:,} bad: in the loss they should count about alike."
    return [Finding("good and bad answers", WARNS, words, mend=_balanced(good, bad))]


def _alike(subject: Subject, pair: Pair) -> bool:
    """Whether what is left of both answers is the same, though the answers are not."""
    try:
        chosen, rejected = encode_pair(pair, subject.tokenizer, subject.spec)
    except GlassworksError:
        return False
    return chosen.input_ids == rejected.input_ids and pair.chosen.strip() != pair.rejected.strip()


def _balanced(good: int, bad: int) -> dict[str, float]:
    """The smaller side gets the more weight."""
    if good > bad:
        return {"desirable_weight": 1.0, "undesirable_weight": round(good / bad, 2)}
    return {"desirable_weight": round(bad / good, 2), "undesirable_weight": 1.0}


def _uncrossed(roles: dict[str, str]) -> list[str]:
    other = {"chosen": "rejected", "rejected": "chosen"}
    return [f"{other.get(role, role)}={column}" for role, column in roles.items()]


def _verdict(example: Pair | Rated) -> tuple[Any, Any]:
    """(what is judged, the verdict)."""
    if isinstance(example, Rated):
        return (example.prompt, example.completion.strip()), example.good
    answers = example.chosen.strip(), example.rejected.strip()
    return (example.prompt, frozenset(answers)), answers[0]


def _compares(item: Item) -> bool:
    return isinstance(item.example, (Pair, Rated))


def _pairs(subject: Subject) -> Iterable[tuple[Item, Pair]]:
    return ((item, item.example) for item in subject.items if isinstance(item.example, Pair))
