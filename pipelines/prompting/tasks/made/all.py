"""Every kind of item that is written from a seed. Standard library only."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made import (
    arithmetic,
    coin_flip,
    dates,
    last_letters,
    object_tracking,
    ordering,
    sentiment,
    syllogisms,
    truth_tellers,
)
from pipelines.prompting.tasks.task_set import TaskSet

MAX_ITEMS = 5_000


class Made(NamedTuple):
    """``items(seed)`` never ends."""

    kind: Kind
    items: Callable[[int], Iterator[Item]]


_OTHERS = (
    last_letters,
    coin_flip,
    object_tracking,
    ordering,
    syllogisms,
    truth_tellers,
    sentiment,
)
MADE: dict[str, Made] = {
    arithmetic.KIND.name: Made(arithmetic.KIND, arithmetic.items),
    arithmetic.LARGE_KIND.name: Made(arithmetic.LARGE_KIND, arithmetic.large_items),
    **{module.KIND.name: Made(module.KIND, module.items) for module in _OTHERS},
    dates.KIND.name: Made(dates.KIND, dates.items),
    dates.BETWEEN_KIND.name: Made(dates.BETWEEN_KIND, dates.between_items),
    dates.WEEKDAY_KIND.name: Made(dates.WEEKDAY_KIND, dates.weekday_items),
}


def made(name: str, n: int, seed: int) -> TaskSet:
    """The first ``n`` items of a kind of :data:`MADE`. Raises :class:`SpecError` for a name, a number or a
    seed that is not accepted."""
    if name not in MADE:
        raise SpecError("task", name, f"one of {', '.join(MADE)}")
    check_whole("n", n, 1, MAX_ITEMS)
    return TaskSet(name, tuple(islice(MADE[name].items(seed), n)))
