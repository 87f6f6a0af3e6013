"""Items under one name: a part of them by seed, what is twice among them, and a digest by which a result says
exactly what was asked. Standard library only.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.prompting.calls import Item


@dataclass(frozen=True)
class TaskSet:
    """``columns`` (role → column) are those in which a table's question, answer, choices and rationale were
    found. Raises :class:`SpecError` for no item at all."""

    name: str
    items: tuple[Item, ...]
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.items:
            raise SpecError("items", [], "a set of at least one item")

    @cached_property
    def digest(self) -> str:
        return digest(self.items)

    @cached_property
    def duplicates(self) -> int:
        """How many items repeat the question (and choices) of one before."""
        return len(self.items) - len({asked(item) for item in self.items})

    @cached_property
    def conflicts(self) -> int:
        """How many questions are asked more than once with different answers."""
        answers: dict[str, set[str]] = defaultdict(set)
        for item in self.items:
            answers[asked(item)].add(item.answer)
        return sum(len(found) > 1 for found in answers.values())

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The fields that every item has, for a template."""
        shared = set.intersection(*({*item.fields} for item in self.items))
        return tuple(name for name in self.items[0].fields if name in shared)

    def chosen(self, n: int, seed: int) -> "TaskSet":
        return TaskSet(self.name, choose(self.items, n, seed), self.columns)


def choose(items: Sequence[Item], n: int, seed: int) -> tuple[Item, ...]:
    """``n`` of the items in their own order (all where there are no more), always the same for one seed.

    Each is ranked by a digest of the seed and its id, so a larger ``n`` only adds to a smaller one, and items
    added to the set elsewhere do not change how these are ranked.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    ranked = sorted(range(len(items)), key=lambda i: (_rank(f"{seed} {items[i].id}"), i))
    return tuple(items[i] for i in sorted(ranked[:n]))


def digest(items: Sequence[Item]) -> str:
    """32 hex digits that stand for these items in this order, whatever they were read from."""
    found = hashlib.blake2b(digest_size=16)
    for item in items:
        told = json.dumps(asdict(item), sort_keys=True, separators=(",", ":"), default=dict)
        found.update(told.encode() + b"\n")
    return found.hexdigest()


def asked(item: Item) -> str:
    """What two items have in common when they ask the same."""
    return "\n".join(" ".join(text.split()).casefold() for text in (item.question, *item.choices))


def _rank(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
