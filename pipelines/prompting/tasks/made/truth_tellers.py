"""Who lies and who does not, when each speaks of the one before: BIG-bench's web of lies, in own words."""

import random
from collections.abc import Iterator

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn
from pipelines.prompting.tasks.words import NAMES

KIND = Kind(
    "truth_tellers",
    "Truth-tellers and liars",
    "Follow who tells the truth through a chain of claims about each other.",
    labels=("yes", "no"),
)
_NAMES = tuple(name for name, _ in NAMES[True])


def items(seed: int) -> Iterator[Item]:
    """Three to six people; as many of the last tell the truth as lie."""
    return drawn(KIND.name, seed, _written, KIND.labels)


def _written(rng: random.Random, answer: str) -> Item:
    names = rng.sample(_NAMES, rng.randint(3, 6))
    honest = [rng.random() < 0.5 for _ in names[1:]] + [answer == "yes"]
    story = [f"{names[0]} always {_does(honest[0])}."]
    steps = [f"{names[0]} {_does(honest[0])}."]
    for i in range(1, len(names)):
        claims = honest[i] == honest[i - 1]  # one who lies says of a liar that he is honest
        claim = f"{names[i - 1]} {_does(claims)}"
        story.append(f"{names[i]} says that {claim}.")
        right = "so that is true" if honest[i] else "so that is false"
        steps.append(f"{names[i]} says that {claim}, {right}: {names[i]} {_does(honest[i])}.")
    return Item(
        "",
        f"Everyone either always tells the truth or always lies. {' '.join(story)} "
        f"Does {names[-1]} tell the truth?",
        answer,
        rationale=concluded(" ".join(steps), answer),
        fields={"people": str(len(names))},
    )


def _does(honest: bool) -> str:
    return "tells the truth" if honest else "lies"
