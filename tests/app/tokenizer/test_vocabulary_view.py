"""Pages of a vocabulary and the card of a token, from which one walks to its neighbours."""

import re

import pytest

from app.tokenizer import vocabulary_view as view
from pipelines.tokenization.describe import describe
from pipelines.tokenization.vocabulary import Entry, Neighbours, Page, VocabularyQuery
from tests.support.small_tokenizers import backend, loaded

HOSTILE = "<img src=x onerror=alert(1)>"


def card(kind, token, trail=()):
    one = loaded(kind)
    return view.card_html(one.index.neighbours(backend(kind).token_to_id(token)), describe(one), trail)


def page(first=0, **query):
    return loaded("bpe").index.page(VocabularyQuery(first=first, rows=view.ROWS, **query))


def test_a_page_has_a_row_for_each_token_and_leads_to_the_pages_around():
    shown = page(first=50)
    html = view.page_html(shown, "t")
    assert re.findall(r'<tr data-id="(\d+)"', html) == [str(entry.id) for entry in shown.entries]
    last = (shown.total - 1) // 50 * 50
    assert re.findall(r'data-first="(\d+)"', html) == ["0", "0", "100", str(last)]
    assert f"51–100 of {shown.total:,}" in html and "disabled" not in html
    assert view.page_html(page(), "t").count(" disabled") == 2
    assert view.page_html(page(first=last), "t").count(" disabled") == 2
    assert "No token is like that" in view.page_html(page(search="nothing at all"), "t")


def test_tokens_are_never_html():
    entry = Entry(1, HOSTILE, HOSTILE.encode(), "ordinary", HOSTILE)
    html = view.page_html(Page((entry,), 0, 1), HOSTILE)
    near = Neighbours(entry, None, (), 0)
    html += view.card_html(near, describe(loaded("bpe")), ((2, HOSTILE),)) + view.card_error_html(HOSTILE)
    assert "<img" not in html


def test_white_space_and_bytes_can_be_seen():
    entries = (
        Entry(1, "Ġ", b" ", "ordinary", "Common"),
        Entry(2, "Ċ", b"\n", "ordinary", "Common"),
        Entry(3, "<0xE2>", b"\xe2", "byte", "Fragment"),
        Entry(4, "âĤ", b"\xe2\x82", "ordinary", "Fragment"),
        Entry(5, "</s>", b"</s>", "special", "Latin"),
    )
    html = view.page_html(Page(entries, 0, 5), "t")
    for sign in ("·", "⏎", '<span class="gw-hex">e2</span>', '<span class="gw-hex">e2 82</span>'):
        assert sign in html
    assert html.count("gw-special") == 1


def test_a_card_leads_to_both_halves_and_to_all_results():
    vocab, one = backend("bpe").get_vocab(), loaded("bpe")
    left, right = one.merges[3]
    html = card("bpe", left + right)
    near = one.index.neighbours(vocab[left + right])
    made, uses = html.split("<h5>Used in")
    assert re.findall(r'data-id="(\d+)"', made) == [str(near.made_of.left), str(near.made_of.right)]
    assert f"rank {near.made_of.rank:,} of {len(one.merges):,}" in made
    results = [str(merge.result) for merge in near.used_in]
    assert re.findall(r'<span>→</span><button[^>]*data-id="(\d+)"', uses) == results
    assert f"{near.uses:,} merges" in uses or not near.uses


@pytest.mark.parametrize(
    ("kind", "token", "words"),
    [
        ("bpe", "Ġ", "symbols that merging begins with"),
        ("bpe", "</s>", "a special token"),
        ("wordpiece", "the", "WordPiece vocabulary keeps no merges"),
        ("unigram", "▁", "each piece has a score"),
    ],
)
def test_a_token_that_no_merge_makes_says_why(kind, token, words):
    assert words in card(kind, token)
    assert ("<dt>Score</dt>" in card(kind, token)) == (kind == "unigram")


def test_the_trail_leads_back():
    assert re.findall(r'data-id="(\d+)">(.)<', card("wordpiece", "the", ((7, "a"), (8, "b")))) == [
        ("7", "a"),
        ("8", "b"),
    ]
