"""What is remembered is what would be computed, and it is bounded."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.tokenization.encode import encode
from pipelines.tokenization.memo import Memo
from tests.support.small_tokenizers import loaded


def test_the_same_text_is_encoded_once_and_another_anew():
    memo, bpe, unigram = Memo(), loaded("bpe"), loaded("unigram")
    first = memo.encoded(bpe, "the fox", False)
    assert memo.encoded(bpe, "the fox", False) is first
    assert memo.timed([bpe], "the fox", False) == memo.timed([bpe], "the fox", False)
    assert memo.timed([bpe], "the fox", False)[0][1] > 0
    assert memo.encoded(unigram, "the fox", False).tokens == encode(unigram, "the fox").tokens
    assert memo.encoded(unigram, "the fox", True).tokens != memo.encoded(unigram, "the fox", False).tokens
    assert memo.encoded(loaded("bpe"), "the fox", False) is not first, "a tokenizer that was read anew"
    assert memo.line_starts("a\nb", 9).tolist() == [0, 2] and memo.line_starts("a\nb", 10) is not None


def test_the_least_recently_used_is_forgotten_first():
    memo, bpe = Memo(max_rows=250), loaded("bpe")
    one, two = memo.encoded(bpe, "one", False), memo.encoded(bpe, "two", False)
    assert memo.encoded(bpe, "one", False) is one
    memo.encoded(bpe, "three", False)
    assert memo.encoded(bpe, "one", False) is one
    assert memo.encoded(bpe, "two", False) is not two


def test_one_result_is_kept_however_large():
    memo, bpe = Memo(max_rows=1), loaded("bpe")
    large = memo.encoded(bpe, "the fox " * 50, False)
    assert memo.encoded(bpe, "the fox " * 50, False) is large


def test_a_long_text_under_several_at_once_is_as_under_each_alone():
    kinds = [loaded(kind) for kind in ("bpe", "wordpiece", "unigram")]
    text = "The quick fox, naïve 日本 123. " * 3_000
    for tokenizer, (encoded, seconds) in zip(kinds, Memo().timed(kinds, text, True), strict=True):
        assert encoded.ids.tolist() == tokenizer.backend.encode(text).ids and seconds > 0


@pytest.mark.parametrize("text", [None, 5, "\udc80"])
def test_what_is_no_text_is_refused_and_not_remembered(text):
    memo = Memo()
    for _ in range(2):
        with pytest.raises(SpecError):
            memo.encoded(loaded("bpe"), text, False)
    assert not memo._kept
