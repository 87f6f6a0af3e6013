"""Measures of texts against counts made by hand, and against sacrebleu asked text by text."""

import math
import random

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from pipelines.generation.measures import (
    SCORING,
    distinct,
    measures_of,
    perplexity,
    repetition,
    self_bleu,
)


def test_distinct_is_counted_by_hand():
    ids = [1, 2, 1, 2, 3]  # pairs 12 21 12 23, threes 121 212 123
    assert [distinct(ids, n) for n in (1, 2, 3)] == [3 / 5, 3 / 4, 1.0]


def test_repetition_is_the_part_of_fours_that_came_before():
    assert repetition([7] * 8) == pytest.approx(4 / 5)  # five fours, one of them new
    assert repetition([1, 2, 3, 4, 5, 1, 2, 3, 4]) == pytest.approx(1 / 6)
    assert repetition([1, 2, 3, 4]) == 0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_what_has_no_n_gram_has_no_share(n):
    assert math.isnan(distinct([5] * (n - 1), n)) and math.isnan(repetition([5] * n))


def test_perplexity_is_the_inverse_of_the_geometric_mean():
    assert perplexity(np.log([0.5, 0.25, 0.125])) == pytest.approx(4)
    assert math.isnan(perplexity([])) and perplexity([-math.inf, -1]) == math.inf
    assert perplexity([-1e6]) == math.inf


def test_all_measures_of_one_text():
    found = measures_of(np.array([1, 2, 1, 2, 3], np.int32), "né🦀", np.log([0.5] * 5), 3.5)
    assert (found.tokens, found.characters, found.judge_perplexity) == (5, 3, 3.5)
    assert found.perplexity == pytest.approx(2) and found.distinct == (0.6, 0.75, 1.0)
    assert found.repetition == 0 and math.isnan(measures_of([1], "a", [0.0]).judge_perplexity)
    nothing = measures_of([], "", [])
    assert (nothing.tokens, nothing.characters) == (0, 0)
    assert all(map(math.isnan, (nothing.perplexity, nothing.repetition, *nothing.distinct)))


def test_self_bleu_of_two_short_texts_by_hand():
    """``a b c d e`` and ``a b c x y z``: three of 5 words, two of 4 pairs, one of 3 threes, no four,
    which counts a tenth of a match; and the first is shorter."""
    one = math.exp(1 - 6 / 5) * (3 / 5 * 2 / 4 * 1 / 3 * 0.1 / 2) ** 0.25
    other = (3 / 6 * 2 / 5 * 1 / 4 * 0.1 / 3) ** 0.25
    assert self_bleu(["a b c d e", "a b c x y z"]) == pytest.approx(50 * (one + other))


def test_self_bleu_is_what_sacrebleu_says_text_by_text():
    rng, bleu = random.Random(6), BLEU(**SCORING)
    for _ in range(30):
        words = [*"abcdefgh", "don't", "end.", "3.5", "Häuser"][: rng.randint(2, 12)]
        texts = [" ".join(rng.choices(words, k=rng.randint(1, 12))) for _ in range(rng.randint(2, 7))]
        each = [bleu.sentence_score(text, texts[:i] + texts[i + 1 :]).score for i, text in enumerate(texts)]
        assert self_bleu(texts) == pytest.approx(np.mean(each))


def test_self_bleu_at_its_ends():
    assert self_bleu(["It was late, and no one came."] * 3) == pytest.approx(100)
    assert self_bleu(["one two three", "four five six"]) == 0
    for texts in ([], ["alone"], ["alone", ""], ["", "  \n"]):
        assert math.isnan(self_bleu(texts))
    assert self_bleu(["a b", "a b", ""]) == pytest.approx(100)  # a text without a word does not count
