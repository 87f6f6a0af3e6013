"""Tags of any scheme mean the same entities in BIO."""

import random

import pytest

from pipelines.training.rows.tags import to_bio

BIO = ("B-PER", "I-PER", "O", "B-LOC", "B-LOC", "O")


@pytest.mark.parametrize(
    "tags",
    [
        BIO,
        ("I-PER", "I-PER", "O", "I-LOC", "B-LOC", "O"),  # IOB1
        ("B-PER", "E-PER", "O", "S-LOC", "S-LOC", "O"),  # BIOES
        ("B-PER", "L-PER", "O", "U-LOC", "U-LOC", "O"),  # BILOU
    ],
)
def test_schemes(tags):
    assert to_bio(tags) == BIO


def test_bare_classes_are_runs():
    tags = ("person-actor", "person-actor", "O", "art")
    assert to_bio(tags) == ("B-person-actor", "I-person-actor", "O", "B-art")


def test_it_is_its_own_fixed_point_and_every_inside_continues():
    rng = random.Random(0)
    for _ in range(200):
        made = to_bio(rng.choice(["O", "B-A", "I-A", "E-A", "S-B", "I-B", "C"]) for _ in range(12))
        assert to_bio(made) == made
        for before, tag in zip(("O", *made), made, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:]
