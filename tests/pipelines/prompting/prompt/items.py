"""Pools for the tests of prompts."""

from pipelines.prompting.calls import Item

FRUIT = ("apples", "pears", "plums", "figs", "dates", "limes", "grapes", "nuts")


def sums(count: int) -> tuple[Item, ...]:
    """Open-ended: each has an answer of its own."""
    return tuple(
        Item(
            f"s{i}",
            f"Tom has {i} {FRUIT[i % 8]} and finds 5. How many has he?",
            str(i + 5),
            rationale=f"First {i} + 5 = {i + 5}. The answer is {i + 5}.",
            fields={"fruit": FRUIT[i % 8]},
        )
        for i in range(count)
    )


def moods(count: int, labels: tuple[str, ...] = ("glad", "sad")) -> tuple[Item, ...]:
    """Of few labels: the first has half, the others share the rest."""
    return tuple(
        Item(f"m{i}", f"How does number {i} feel?", labels[0 if i % 2 else (i // 2) % len(labels)])
        for i in range(count)
    )


def options(count: int, choices: int = 3) -> tuple[Item, ...]:
    return tuple(
        Item(f"o{i}", f"Which is {i}?", "ABCDE"[i % choices], tuple(f"option {n}" for n in range(choices)))
        for i in range(count)
    )
