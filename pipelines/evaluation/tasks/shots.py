"""Solved examples that stand before an item, drawn as lm-evaluation-harness draws them: with one generator
for a part's items in their order, so that the same seed gives the same examples. Standard library only.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting, Task

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Shots:
    """``count`` examples before each item; ``seed`` is the harness's own unless another is given."""

    count: int = 0
    seed: int = 1234


NO_SHOTS = Shots()


def examples(item: Item, setting: Setting) -> Sequence[Row]:
    """Those of the item, or the setting's where it has none."""
    return item.shots or setting.shots


def with_shots(task: Task, items: Sequence[Item], pool: Sequence[Row], shots: Shots, own: bool) -> list[Item]:
    """``items`` are a part's first ones, in order; ``own``: the pool holds them too, and none is its own
    example. Raises SpecError where the pool is too small."""
    if not shots.count or task.examples == "none":
        return list(items)
    _check(shots.count, len(pool) - own)
    if task.examples == "first":
        return [replace(item, shots=_first(item, pool, shots.count, own)) for item in items]
    # The harness draws one more, and leaves the item out, wherever the set has no test split.
    spare = own or (task.hub is not None and task.hub.split != "test" and shots.count < len(pool))
    generator = random.Random(shots.seed)
    draw = _drawn_without if spare else _drawn
    return [replace(item, shots=tuple(draw(generator, item, pool, shots.count))) for item in items]


def _first(item: Item, pool: Sequence[Row], count: int, own: bool) -> tuple[Row, ...]:
    return tuple(islice((row for row in pool if not own or row != item.fields), count))


def _drawn(generator: random.Random, item: Item, pool: Sequence[Row], count: int) -> list[Row]:
    return generator.sample(pool, count)


def _drawn_without(generator: random.Random, item: Item, pool: Sequence[Row], count: int) -> list[Row]:
    """One more is drawn, and the item left out."""
    others = [row for row in generator.sample(pool, count + 1) if row != item.fields][:count]
    if len(others) == count:
        return others
    return generator.sample([row for row in pool if row != item.fields], count)  # it was there twice


def _check(count: int, there: int) -> None:
    if count > there:
        raise SpecError("num_fewshot", count, f"at most {max(there, 0)}, as there are rows to take them from")
