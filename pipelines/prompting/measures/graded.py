"""What came of one item under one strategy, graded by every way of reading: what all measures are made from.
Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item, Outcome, Reply
from pipelines.prompting.extraction.reading import FLEXIBLE, Reading


@dataclass(frozen=True)
class Mark:
    """The answer that one way of reading found (None: none) and whether it is the wanted one."""

    answer: str | None
    right: bool


@dataclass(frozen=True)
class Vote:
    """An answer in normal form, empty for the draws without one, and how many draws arrived at it."""

    answer: str
    count: int
    right: bool


@dataclass(frozen=True)
class Graded:
    """``marks`` are by rule: ``strict``, ``flexible``, and ``custom`` where there is a pattern. ``votes`` (of
    a strategy that votes) stand most first, of equals the one first seen. Tokens and ``seconds`` are those of
    all its calls. An item with an ``error`` has wrong marks: if it were left out, two cells would differ in
    items."""

    item: str
    wanted: str
    marks: Mapping[str, Mark]
    votes: tuple[Vote, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    error: str = ""

    def right(self, rule: str = FLEXIBLE) -> bool:
        if rule not in self.marks:
            raise SpecError("rule", rule, "one of " + ", ".join(self.marks))
        return self.marks[rule].right

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class Cell:
    """One cell of the grid: a prompt, strategy, model and decoding, by its ``name``. No item twice."""

    name: str
    items: tuple[Graded, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len({one.item for one in self.items}) < len(self.items):
            raise SpecError("items", self.name, "each item once")

    def rights(self, rule: str = FLEXIBLE) -> list[bool]:
        return [one.right(rule) for one in self.items]


def grade(
    item: Item, reading: Reading, outcome: Outcome, replies: Sequence[Reply] = (), error: str = ""
) -> Graded:
    """``replies`` are those to all calls that the strategy made for the item.

    >>> found = grade(Item("1", "3 + 5?", "8"), Reading("number"), Outcome("3 + 5 = 8"))
    >>> found.marks["strict"], found.marks["flexible"]
    (Mark(answer=None, right=False), Mark(answer='8', right=True))
    """
    return Graded(
        item.id,
        item.answer,
        _marks(item, reading, "" if error else outcome.response),
        () if error else _votes(item, reading, outcome.votes),
        sum(reply.prompt_tokens for reply in replies),
        sum(text.tokens for reply in replies for text in reply.texts),
        sum(reply.seconds for reply in replies),
        error,
    )


def _marks(item: Item, reading: Reading, response: str) -> dict[str, Mark]:
    found = reading.read(response, item.choices)
    answers = {rule: getattr(found, rule) for rule in reading.rules}
    return {
        rule: Mark(answer, reading.same(answer, item.answer, item.choices))
        for rule, answer in answers.items()
    }


def _votes(item: Item, reading: Reading, votes: Sequence[tuple[str, int]]) -> tuple[Vote, ...]:
    """Those that mean the same are added up, whoever counted them."""
    counts: dict[str, int] = {}
    for answer, count in votes:
        counts_as = reading.key(answer, item.choices) or ""
        counts[counts_as] = counts.get(counts_as, 0) + count
    found = [
        Vote(answer, count, bool(answer) and reading.same(answer, item.answer, item.choices))
        for answer, count in counts.items()
    ]
    return tuple(sorted(found, key=lambda vote: (not vote.answer, -vote.count)))
