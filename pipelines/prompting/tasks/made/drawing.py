"""Items without end from a seed: always the same, none twice, the labels in turn. Standard library only."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from pipelines.core.errors import GlassworksError
from pipelines.core.fields import check_whole
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.task_set import asked

_DRAWS = 2_000  # in a row without a new question: then there is none left
MAX_SEED = 2**32 - 1
Label = TypeVar("Label")


def drawn(
    name: str, seed: int, write: Callable[[random.Random, Label], Item], labels: Sequence[Label]
) -> Iterator[Item]:
    """Items of ``write(rng, label)``, whose id it leaves empty. Among the first n every label comes as
    often as every other, but for at most two."""
    check_whole("seed", seed, 0, MAX_SEED)
    rng, seen = random.Random(f"{name} {seed}"), set()
    for label in balanced(labels, rng):
        item = _new(lambda label=label: write(rng, label), seen)
        yield replace(item, id=f"{name}-{seed}-{len(seen)}")


def balanced(labels: Sequence[Label], rng: random.Random) -> Iterator[Label]:
    """Without end: blocks that hold each label twice, in an order that cannot be foreseen."""
    while True:
        block = [*labels, *labels]
        rng.shuffle(block)
        yield from block


def _new(write: Callable[[], Item], seen: set[str]) -> Item:
    """One whose question has not been asked, which is then among ``seen``."""
    for _ in range(_DRAWS):
        item = write()
        if (question := asked(item)) not in seen:
            seen.add(question)
            return item
    raise GlassworksError(f"There are no more than {len(seen):,} different items of this kind.")
