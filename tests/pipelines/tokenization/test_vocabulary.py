"""Pages of the vocabulary and neighbours by merge."""

import pytest
import regex

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.tokenization.special_tokens import missing_roles, special_tokens
from pipelines.tokenization.vocabulary import Index, VocabularyQuery, script_of
from tests.support.small_tokenizers import backend, loaded


@pytest.fixture(scope="module")
def index():
    return Index(loaded("bpe"))


def ids(index, **query):
    return [entry.id for entry in index.page(VocabularyQuery(rows=500, **query)).entries]


def test_pages_cover_the_vocabulary_once(index):
    total = index.page(VocabularyQuery()).total
    pages = [index.page(VocabularyQuery(first=first, rows=70)) for first in range(0, total, 70)]
    seen = [entry.id for page in pages for entry in page.entries]
    assert seen == sorted(backend("bpe").get_vocab().values()) and total == len(seen)


def test_search_filters_and_order(index):
    the = index.page(VocabularyQuery(search="THE", order="length", descending=True)).entries
    assert the and all(b"the" in e.raw.lower() for e in the)
    assert [len(e.raw) for e in the] == sorted((len(e.raw) for e in the), reverse=True)
    found = index.page(VocabularyQuery(search="d0", search_in="bytes")).entries
    assert found and all(b"\xd0" in e.raw for e in found)
    assert all(e.script == "Cyrillic" for e in index.page(VocabularyQuery(script="Cyrillic")).entries)
    assert [e.text for e in index.page(VocabularyQuery(kind="special")).entries][:2] == ["<s>", "</s>"]
    raws = [e.raw for e in index.page(VocabularyQuery(order="text", rows=500)).entries]
    assert raws == sorted(raws)
    assert all(3 <= len(e.raw) <= 4 for e in index.page(VocabularyQuery(min_bytes=3, max_bytes=4)).entries)
    assert "Latin" in index.scripts[:3]
    assert not ids(index, search="no such token")


def test_neighbours_by_merge(index):
    merges = loaded("bpe").merges
    vocab = backend("bpe").get_vocab()
    for rank in (0, 5, len(merges) - 1):
        left, right = merges[rank]
        made = index.neighbours(vocab[left + right]).made_of
        assert (vocab[left], vocab[right]) == (made.left, made.right) and made.rank <= rank
        assert rank in [merge.rank for merge in index.neighbours(vocab[left]).used_in]
    assert index.neighbours(vocab["Ġ"]).made_of is None
    with pytest.raises(NotFoundError, match="ids go from 0"):
        index.neighbours(10_000)


def test_neighbours_bring_the_tokens_of_their_merges_and_scores(index):
    near = index.neighbours(backend("bpe").get_vocab()["Ġ"])
    named = {entry.id: entry for entry in near.named}
    assert near.used_in and all({m.left, m.right, m.result} <= named.keys() for m in near.used_in)
    assert all(named[m.result].raw == named[m.left].raw + named[m.right].raw for m in near.used_in)
    unigram = loaded("unigram")
    place = backend("unigram").token_to_id("▁")
    assert Index(unigram).neighbours(place).score == pytest.approx(unigram.scores[place])
    assert near.score is None and Index(unigram).neighbours(0).score is None


@pytest.mark.parametrize("letter", "aéßzДдΩαЖא日本あアمن한हไ")
def test_scripts_are_those_of_unicode(letter):
    assert regex.fullmatch(rf"\p{{Script={script_of(letter.encode())}}}", letter)


def test_scripts_of_what_is_no_single_word():
    found = [script_of(raw) for raw in (b"a\xce\xb1", b"1 ,", b"\xce", b"")]
    assert found == ["Mixed", "Common", "Fragment", "Common"]


def test_bytes_that_are_none_are_refused():
    with pytest.raises(SpecError, match="bytes in hex"):
        VocabularyQuery(search="xyz", search_in="bytes")


def test_the_table_of_special_tokens():
    rows = special_tokens(loaded("bpe"))
    assert rows[0].roles == ("bos_token",) and rows[0].special and not rows[0].lstrip
    assert missing_roles(loaded("bpe")) == ("sep_token", "cls_token", "mask_token")
