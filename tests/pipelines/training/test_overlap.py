"""Shared runs of 13 words, however they are written."""

import random

import pytest

from pipelines.training.overlap import WORDS, Held, grams

RNG = random.Random(0)
VOCABULARY = [f"w{i}" for i in range(5000)]


def words(count: int) -> list[str]:
    return [RNG.choice(VOCABULARY) for _ in range(count)]


@pytest.mark.parametrize("_", range(20))
def test_a_run_of_13_is_found_wherever_it_stands_and_12_are_not(_):
    held = words(60)
    first = RNG.randrange(60 - WORDS)
    run = held[first : first + WORDS]
    before, after = words(RNG.randrange(40)), words(RNG.randrange(40))
    test = Held([" ".join(held)])
    assert test.shares(" ".join([*before, *run, *after]))
    assert not test.shares(" ".join([*before, *run[:-1], *after]))


def test_case_and_punctuation_do_not_count():
    text = "It was the best of times, it was the worst of times, it was -- here."
    held = Held([text])
    assert held.shares("it was the BEST of times it was the worst of times; it was")
    assert len(held) == len(list(grams(text))) == 3


def test_short_texts_hold_no_run():
    assert not list(grams("far too short")) and len(Held(["far too short", ""])) == 0
