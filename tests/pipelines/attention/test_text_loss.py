"""Perplexity and bits per byte of a text from the losses of its tokens."""

import math

import numpy as np
import pytest

from pipelines.attention.answers import Tokens
from pipelines.attention.text_loss import of_text, of_written


def tokens(places, special=(), generated=0):
    starts, ends = (np.array(side, np.int32) for side in zip(*places, strict=True))
    marked = np.isin(np.arange(len(places)), special)
    return Tokens(
        np.arange(len(places), dtype=np.int32), ("?",) * len(places), marked, starts, ends, generated
    )


def losses(*values):
    return np.array([np.nan, *values], np.float32)


def test_the_first_token_counts_neither_as_a_token_nor_in_bytes():
    found = of_text(tokens([(0, 2), (2, 4), (4, 8)]), losses(1.0, 3.0), "ab cd ef")
    assert (found.tokens, found.loss, found.bytes) == (2, 2.0, 6)
    assert found.perplexity == pytest.approx(math.exp(2))
    assert found.bits_per_byte == pytest.approx(4 / math.log(2) / 6)


def test_a_first_token_that_is_no_text_leaves_all_text_to_count():
    found = of_text(
        tokens([(-1, -1), (0, 1), (1, 2), (-1, -1)], special=(0, 3)), losses(1.0, 2.0, 50.0), "ab"
    )
    assert (found.tokens, found.loss, found.bytes) == (2, 1.5, 2)


def test_bytes_are_of_utf8_and_a_shared_character_counts_once():
    found = of_text(tokens([(0, 1), (1, 2), (1, 2), (2, 3)]), losses(1.0, 1.0, 1.0), "a😀é")
    assert found.bytes == 4 + 2


def test_what_the_model_wrote_is_apart():
    read = tokens([(0, 1), (1, 2), (-1, -1), (-1, -1)], generated=2)
    given, written = of_text(read, losses(2.0, 0.1, 0.3), "ab"), of_written(read, losses(2.0, 0.1, 0.3))
    assert (given.tokens, given.loss) == (1, 2.0)
    assert (written.tokens, written.bits_per_byte) == (2, None) and written.loss == pytest.approx(0.2)


def test_nothing_is_said_where_nothing_was_predicted():
    assert of_text(tokens([(0, 1)]), losses(), "a") is None
    assert of_written(tokens([(0, 1), (1, 2)]), losses(1.0)) is None


def test_a_tokenizer_without_places_has_no_bits_per_byte():
    assert of_text(tokens([(-1, -1), (-1, -1)]), losses(1.0), "ab").bits_per_byte is None
