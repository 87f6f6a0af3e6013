"""How often a cell is right, by each way of reading, with Wilson's interval."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.common.proportions import Proportion, proportion
from pipelines.prompting.measures.graded import Cell


@dataclass(frozen=True)
class Accuracy:
    """``shares`` and ``unread`` are by rule. ``unread`` counts the items in which no answer was found,
    ``failed`` those whose calls failed; both are among the wrong ones."""

    name: str
    shares: Mapping[str, Proportion]
    unread: Mapping[str, int]
    failed: int


def accuracy(cell: Cell) -> Accuracy:
    rules = cell.items[0].marks if cell.items else ()
    return Accuracy(
        cell.name,
        {rule: share(cell, rule) for rule in rules},
        {rule: sum(one.marks[rule].answer is None for one in cell.items) for rule in rules},
        sum(bool(one.error) for one in cell.items),
    )


def share(cell: Cell, rule: str) -> Proportion:
    return proportion(sum(cell.rights(rule)), len(cell.items))
