import math
from dataclasses import replace

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from pipelines.evaluation.language.aligned import FEWEST, Stretches, blocks, difference, stretches
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.language.result import Shown
from tests.support import small_tokenizers
from tests.support.tiny_models import tiny


def shown(text: str, spans: list[tuple[int, int]], bits: list[float]) -> Shown:
    starts, ends = np.array(spans).T
    nats = np.array(bits, np.float32) * math.log(2)
    return Shown(text, ("",) * len(spans), np.zeros(len(spans)), starts, ends, nats, np.ones(len(spans)))


def test_the_text_is_cut_where_both_cut_it():
    """``a bcd`` as ``a`` `` b`` ``cd``, whose space belongs to no token, and as ``a b`` ``c`` ``d``."""
    one = shown("a bcd", [(0, 1), (2, 3), (3, 5)], [1, 2, 4])
    two = shown("a bcd", [(0, 3), (3, 4), (4, 5)], [8, 16, 32])
    found = stretches([one, two])
    assert found.bounds.tolist() == [0, 3, 5] and found.bytes.tolist() == [3, 2]
    np.testing.assert_allclose(found.bits, [[3, 4], [8, 48]])


def test_tokens_that_share_a_character_stay_together():
    one = shown("a🦀", [(0, 1), (1, 2), (1, 2), (1, 2)], [1, 2, 4, 8])
    found = stretches([one])
    assert found.bounds.tolist() == [0, 1, 2] and found.bytes.tolist() == [1, 4]
    np.testing.assert_allclose(found.bits, [[1, 14]])


def test_a_token_that_stands_for_nothing_goes_with_what_follows():
    found = stretches([shown("ab", [(0, 0), (0, 1), (1, 1), (1, 2)], [1, 2, 4, 8])])
    np.testing.assert_allclose(found.bits, [[3, 12]])


def test_what_only_one_has_kept_is_left_out():
    found = stretches([shown("abcd", [(0, 2), (2, 4)], [1, 2]), shown("ab", [(0, 1), (1, 2)], [4, 8])])
    assert found.text == "ab" and found.bounds.tolist() == [0, 2]
    np.testing.assert_allclose(found.bits, [[1], [12]])


def test_two_models_of_different_tokens_pay_for_the_same_bytes():
    text = "The quick brown fox jumps over the lazy dog, naïve café crowds. " * 3
    other = PreTrainedTokenizerFast(tokenizer_object=small_tokenizers.make_bpe(), bos_token="<s>")
    models = [tiny("gpt2"), replace(tiny("llama", vocab_size=700), tokenizer=other)]
    results = [measure(model, [text]) for model in models]
    found = stretches([one.shown for one in results])
    assert found.text == text.rstrip() or found.text == text
    assert found.bytes.sum() == len(found.text.encode())
    for bits, one in zip(found.bits, results, strict=True):
        assert bits.sum() == pytest.approx(one.bits_per_byte * len(text.encode()), rel=1e-4)


def made(bits: list[list[float]]) -> Stretches:
    count = len(bits[0])
    return Stretches("x" * 10 * count, np.arange(0, 10 * count + 1, 10), np.full(count, 10), np.array(bits))


def test_blocks_keep_all_bits_and_bytes():
    begins, sizes, bits = blocks(made([[1, 2, 3, 4, 5]]), 20)
    assert begins.tolist() == [0, 20, 40] and sizes.tolist() == [20, 20, 10]
    assert bits.tolist() == [[3, 7, 5]]


def test_a_stretch_without_a_prediction_counts_for_none():
    found = made([[math.nan, 2, 3], [1, 2, 5]])
    begins, _, bits = blocks(found, 10)
    assert begins.tolist() == [10, 20] and bits.tolist() == [[2, 3], [2, 5]]
    assert difference(found, 0, 1, 10).mean == pytest.approx(2 / 20)


def test_the_difference_has_an_interval_where_there_are_blocks_enough():
    rng = np.random.default_rng(0)
    one = rng.normal(20, 3, 40)
    found = difference(made([one.tolist(), (one + 5 + rng.normal(0, 1, 40)).tolist()]), 0, 1, 10)
    assert found.blocks == 40 and found.low < 0.5 < found.high and found.high - found.low < 0.1
    few = difference(made([[1.0] * (FEWEST - 1), [2.0] * (FEWEST - 1)]), 0, 1, 10)
    assert few.mean == pytest.approx(0.1) and math.isnan(few.low)


def test_texts_that_differ_have_nothing_in_common():
    one, two = shown("ab", [(0, 1), (1, 2)], [1, 2]), shown("cd", [(0, 1), (1, 2)], [1, 2])
    for pair in ((one, two), (one, Shown()), (Shown(), Shown())):
        found = stretches(pair)
        assert not found.text and found.bits.shape == (2, 0)
        assert not len(blocks(found, 10)[1]) and math.isnan(difference(found, 0, 1, 10).mean)
