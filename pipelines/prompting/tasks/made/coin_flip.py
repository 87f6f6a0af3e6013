"""A coin that people turn over or leave: keep one bit through a story.

The task is that of Wei et al. 2022, "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models".
"""

import random
from collections.abc import Iterator

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.words import NAMES

KIND = Kind("coin_flip", "Coin flip", "Keep one bit through a story of turns.", labels=("yes", "no"))
_MOST = 5
_NAMES = tuple(name for name, _ in NAMES[True])


def items(seed: int) -> Iterator[Item]:
    """Two to five people; as many coins end heads up as not."""
    return drawn(KIND.name, seed, _written, KIND.labels)


def _written(rng: random.Random, answer: str) -> Item:
    names = rng.sample(_NAMES, rng.randint(2, _MOST))
    turned = [rng.random() < 0.5 for _ in names[1:]]
    turned.insert(rng.randrange(len(names)), (sum(turned) % 2 == 0) == (answer == "no"))
    heads, story, steps = True, [], []
    for name, turns in zip(names, turned, strict=True):
        heads ^= turns
        story.append(f"{name} {'turns it over' if turns else 'does not turn it over'}.")
        steps.append(f"{name} {'turns it' if turns else 'leaves it'}: {_side(heads)}.")
    return Item(
        "",
        f"A coin lies heads up. {' '.join(story)} Is the coin still heads up?",
        answer,
        rationale=concluded(f"At first: heads. {' '.join(steps)}", answer),
        fields={"people": str(len(names)), "turns": str(sum(turned))},
    )


def _side(heads: bool) -> str:
    return "heads" if heads else "tails"
