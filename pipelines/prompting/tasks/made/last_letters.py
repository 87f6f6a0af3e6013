"""The last letters of some names, put together: simple for people, hard for a model that reads tokens.

The task is that of Wei et al. 2022, "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models".
"""

import random
from collections.abc import Iterator

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.words import NAMES

KIND = Kind("last_letters", "Last letters", "Spell: join the last letters of two to four names.")
_NAMES = tuple(name for held_out in (True, False) for name, _ in NAMES[held_out])


def items(seed: int) -> Iterator[Item]:
    """As many of two names as of three and of four."""
    return drawn(KIND.name, seed, _written, (2, 3, 4))


def _written(rng: random.Random, many: int) -> Item:
    names = rng.sample(_NAMES, many)
    answer = "".join(name[-1] for name in names)
    steps = " ".join(f"{name} ends in {name[-1]}." for name in names)
    told = " ".join(names)
    return Item(
        "",
        f'Take the last letter of each word in "{told}" and join them.',
        answer,
        rationale=concluded(f"{steps} Joined they are {answer}.", answer),
        fields={"words": told},
    )
