"""Documents with words enough to differ, and the same with known faults among them."""

import random

import pytest

from pipelines.training.curation.messy import messy

SYLLABLES = ("ka", "ro", "mi", "ten", "sol", "ba", "lu", "ner", "fi", "wo", "pa", "gre")


def prose(rng: random.Random, sentences: int = 8) -> str:
    """Sentences of invented words: no two texts share a sequence of five."""
    made = []
    for _ in range(sentences):
        found = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(rng.randint(6, 12))]
        made.append(" ".join(found).capitalize() + ".")
    return " ".join(made)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """200 different documents."""
    rng = random.Random(7)
    return [prose(rng) for _ in range(200)]


@pytest.fixture(scope="session")
def mess(stories) -> list[str]:
    """Short stories with six pieces of each of eight faults among them."""
    return messy(stories, faults=6)
