"""Cells without a model: what the tests of the measures are made of."""

import random
from collections.abc import Sequence

from pipelines.prompting.measures.graded import Cell, Graded, Mark, Vote


def graded(item: str, right: bool, strict: bool | None = None, **more: object) -> Graded:
    strict = right if strict is None else strict
    marks = {"strict": Mark("8" if strict else None, strict), "flexible": Mark("8" if right else "9", right)}
    return Graded(item, "8", marks, **more)


def cell(name: str, rights: Sequence[bool], **more: object) -> Cell:
    return Cell(name, tuple(graded(str(place), bool(right), **more) for place, right in enumerate(rights)))


def drawn(name: str, count: int, chance: float, seed: int) -> Cell:
    rng = random.Random(seed)
    return cell(name, [rng.random() < chance for _ in range(count)])


def votes(right: int, others: Sequence[int] = (), silent: int = 0) -> tuple[Vote, ...]:
    """In the order in which a strategy would give them."""
    found = [Vote("8", right, True)] if right else []
    found += [Vote(f"wrong {place}", count, False) for place, count in enumerate(others) if count]
    found.sort(key=lambda vote: -vote.count)
    return (*found, *([Vote("", silent, False)] if silent else []))
