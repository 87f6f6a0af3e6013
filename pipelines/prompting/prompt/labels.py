"""The answers that examples show: the true ones, or wrong ones, to see how much a model learns from them.

Shuffled after Min et al. 2022, "Rethinking the Role of Demonstrations"; flipped after Wei et al. 2023,
"Larger language models do in-context learning differently". Standard library only.
"""

import random
from collections.abc import Sequence
from string import ascii_uppercase

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.prompt.spec import FLIPPED, SHUFFLED

MOST_LABELS = len(ascii_uppercase)


def shown_answers(pool: Sequence[Item], labels: str, seed: int) -> tuple[str, ...]:
    """The answer that each of the pool shows. Raises :class:`SpecError` where there is none to flip to."""
    if labels == SHUFFLED:
        return _shuffled(pool, seed)
    if labels == FLIPPED:
        return _flipped(pool, seed)
    return tuple(item.answer for item in pool)


def cycle(count: int, rng: random.Random) -> list[int]:
    """A permutation without a place that stays: one cycle through all (Sattolo). ``cycle(2, …)`` is [1, 0];
    of one place alone it is [0].

    >>> to = cycle(5, random.Random(3))
    >>> sorted(to), [at for at in range(5) if to[at] == at]
    ([0, 1, 2, 3, 4], [])
    """
    places = list(range(count))
    for last in range(count - 1, 0, -1):
        other = rng.randrange(last)
        places[last], places[other] = places[other], places[last]
    return places


def _shuffled(pool: Sequence[Item], seed: int) -> tuple[str, ...]:
    """Each example with the answer of another, which may be the same by chance: how often each answer occurs
    stays as it is. Letters stay among the questions with as many choices."""
    answers = [item.answer for item in pool]
    groups: dict[int, list[int]] = {}
    for place, item in enumerate(pool):
        groups.setdefault(len(item.choices), []).append(place)
    for size, places in groups.items():
        moves = cycle(len(places), random.Random(f"shuffled {seed} {size}"))
        for place, other in zip(places, moves, strict=True):
            answers[place] = pool[places[other]].answer
    return tuple(answers)


def _flipped(pool: Sequence[Item], seed: int) -> tuple[str, ...]:
    """Each label as always the same other one: of two, the other; of more, the next in a random round."""
    open_ended = [item for item in pool if not item.choices]
    other = _others(closed_labels(open_ended), seed) if open_ended else {}
    by_size = {n: _others(ascii_uppercase[:n], seed) for n in {len(item.choices) for item in pool} if n > 1}
    found = []
    for item in pool:
        known = by_size.get(len(item.choices), {}) if item.choices else other
        if item.answer not in known:
            raise SpecError(
                "labels", FLIPPED, f"answers that are one of the choices; {item.id} has {item.answer!r}"
            )
        found.append(known[item.answer])
    return tuple(found)


def closed_labels(items: Sequence[Item]) -> list[str]:
    """The labels, sorted. Raises :class:`SpecError` where answers are not of a few kinds that come again."""
    labels = sorted({item.answer for item in items})
    if not 2 <= len(labels) <= min(MOST_LABELS, len(items) // 2):
        raise SpecError(
            "labels",
            FLIPPED,
            f"examples with 2 to {MOST_LABELS} labels, each of which occurs about twice or more; these "
            f"{len(items)} have {len(labels)} different answers ('shuffled' works with any)",
        )
    return labels


def _others(labels: Sequence[str], seed: int) -> dict[str, str]:
    moves = cycle(len(labels), random.Random(f"flipped {seed} {len(labels)}"))
    return {label: labels[other] for label, other in zip(labels, moves, strict=True)}
