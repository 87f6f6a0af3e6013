"""Counts that add up, and bins whose edges hold."""

import random

from pipelines.training.curation.statistics import Statistics, Tally, bin_of, edge


def test_counts_are_those_of_the_texts():
    tally = Tally()
    for text, language in (("One two.", "en"), ("Éé", "fr"), ("three", "en")):
        tally.add(text, language)
    made = tally.statistics()
    assert (made.documents, made.characters, made.bytes, made.words) == (3, 15, 17, 4)
    assert made.languages == (("en", 2), ("fr", 1))
    assert sum(made.lengths) == 3
    assert Statistics() == Tally().statistics()


def test_every_length_lies_in_its_bin():
    rng = random.Random(0)
    lengths = [1, 9, 10, 99, 100, 101, 999_999, 10**6, *(int(10 ** rng.uniform(0, 7)) for _ in range(500))]
    for length in lengths:
        assert edge(bin_of(length)) <= length + 1e-6 and length < edge(bin_of(length) + 1) + 1e-6
