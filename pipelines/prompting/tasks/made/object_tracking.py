"""Who holds what after some swaps, with choices, as in BIG-bench's tracking of shuffled objects."""

import random
from collections.abc import Iterator, Mapping

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.words import NAMES

KIND = Kind(
    "object_tracking",
    "Tracking of shuffled objects",
    "Keep in mind who holds what while three to five people swap; a question with choices.",
)
_NAMES = tuple(name for name, _ in NAMES[True])
_COLOURS = ("red", "blue", "green", "yellow", "white", "black", "pink", "orange", "purple", "brown")
_THINGS = ("ball", "hat", "cup", "scarf", "book", "kite")
_PLACES = tuple((people, right) for people in (3, 4, 5) for right in range(people))


def items(seed: int) -> Iterator[Item]:
    """As many with three people as there are choices, and so on: within each number of choices the right one
    is as often at one place as at another."""
    return drawn(KIND.name, seed, _written, _PLACES)


def _written(rng: random.Random, place: tuple[int, int]) -> Item:
    people, right = place
    names, colours = rng.sample(_NAMES, people), rng.sample(_COLOURS, people)
    thing = rng.choice(_THINGS)
    holds = dict(zip(names, colours, strict=True))
    opening = _listed(holds, thing)
    swaps = _swaps(rng, names, rng.randint(people, people + 2))
    steps = []
    for one, other in swaps:
        holds[one], holds[other] = holds[other], holds[one]
        steps.append(f"{one} and {other} swap: {one} has {holds[one]}, {other} has {holds[other]}.")
    asked = rng.choice(swaps[-1])
    others = rng.sample([c for c in colours if c != holds[asked]], people - 1)
    others.insert(right, holds[asked])
    letter = chr(ord("A") + right)
    story = " ".join(f"{'Then ' if i else ''}{one} and {other} swap." for i, (one, other) in enumerate(swaps))
    return Item(
        "",
        f"{opening} {story} What does {asked} have in the end?",
        letter,
        tuple(f"the {colour} {thing}" for colour in others),
        concluded(f"{' '.join(steps)} In the end {asked} has the {holds[asked]} {thing}.", letter),
        {"people": str(people), "swaps": str(len(swaps))},
    )


def _swaps(rng: random.Random, names: list[str], many: int) -> list[tuple[str, str]]:
    """None takes back the one before."""
    found: list[tuple[str, str]] = []
    while len(found) < many:
        one, other = rng.sample(names, 2)
        if not found or {one, other} != {*found[-1]}:
            found.append((one, other))
    return found


def _listed(holds: Mapping[str, str], thing: str) -> str:
    parts = [f"{name} has {_a(colour)} {thing}" for name, colour in holds.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}."


def _a(colour: str) -> str:
    return f"{'an' if colour[0] in 'aeiou' else 'a'} {colour}"
