"""What is remembered is what would be computed, and it is bounded."""

import time

import pytest

from pipelines.core.errors import SpecError
from pipelines.tokenization.encode import encode
from pipelines.tokenization.memo import Memo
from tests.support.small_tokenizers import loaded

LONG = "The quick fox, naïve 日本 123. " * 3_000


def finished(steps):
    """What a generator returns, and how often it waited."""
    waited = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, waited
        waited += 1
        time.sleep(0.001)


def encoded(memo, tokenizer, text, special=False):
    ((found,), _) = finished(memo.encoded([tokenizer], text, special))
    return found


def test_the_same_text_is_encoded_once_and_another_anew():
    memo, bpe, unigram = Memo(), loaded("bpe"), loaded("unigram")
    first = encoded(memo, bpe, "the fox")
    assert encoded(memo, bpe, "the fox") is first
    ((found, seconds),), _ = finished(memo.timed([bpe], "the fox", False))
    assert found is first and seconds > 0
    assert encoded(memo, unigram, "the fox").tokens == encode(unigram, "the fox").tokens
    assert encoded(memo, unigram, "the fox", True).tokens != encoded(memo, unigram, "the fox").tokens
    assert encoded(memo, loaded("bpe"), "the fox") is not first, "a tokenizer that was read anew"
    starts = memo.line_starts("a\nb", 9)
    assert starts.tolist() == [0, 2] and memo.line_starts("a\nb", 9) is starts
    assert memo.line_starts("a\nb", 10) is not starts


def test_the_least_recently_used_is_forgotten_first():
    memo, bpe = Memo(max_rows=250), loaded("bpe")
    one, two = encoded(memo, bpe, "one"), encoded(memo, bpe, "two")
    assert encoded(memo, bpe, "one") is one
    encoded(memo, bpe, "three")
    assert encoded(memo, bpe, "one") is one
    assert encoded(memo, bpe, "two") is not two


def test_one_result_is_kept_however_large():
    memo, bpe = Memo(max_rows=1), loaded("bpe")
    large = encoded(memo, bpe, "the fox " * 50)
    assert encoded(memo, bpe, "the fox " * 50) is large


def test_a_long_text_is_waited_for_and_made_once():
    memo, kinds = Memo(), [loaded(kind) for kind in ("bpe", "wordpiece", "unigram")]
    first, second = memo.timed(kinds, LONG, True), memo.timed(kinds, LONG, True)
    next(first), next(second)
    made, _ = finished(first)
    for tokenizer, (found, seconds) in zip(kinds, made, strict=True):
        assert found.ids.tolist() == tokenizer.backend.encode(LONG).ids and seconds > 0
    again, _ = finished(second)
    assert all(one is other for (one, _), (other, _) in zip(made, again, strict=True))
    _, waited = finished(memo.timed(kinds, LONG, True))
    assert waited == 0 and not memo._making


@pytest.mark.parametrize("text", [None, 5, "\udc80", "\udc80" * 60_000])
def test_what_is_no_text_is_refused_and_not_remembered(text):
    memo = Memo()
    for _ in range(2):
        with pytest.raises(SpecError):
            encoded(memo, loaded("bpe"), text)
    assert not memo._kept and not memo._making
