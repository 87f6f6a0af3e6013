"""Rows of training windows: identities that hold for any lengths and any context."""

import random

import pytest

from pipelines.training.curation.packing import WAYS, laid_out, packed, padded, truncated


def cases():
    rng = random.Random(4)
    yield [], 8
    yield [0], 8
    for _ in range(200):
        yield [rng.randint(0, 60) for _ in range(rng.randint(1, 12))], rng.randint(1, 40)


def tokens_of(layout) -> list[tuple[int, int]]:
    """(document, position) of every token, in the order of the rows."""
    return [
        (span.document, span.start + k)
        for row in layout.rows
        for span in row.spans
        for k in range(span.length)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_every_row_is_exactly_one_context_long(way):
    for lengths, context in cases():
        for row in laid_out(way, lengths, context).rows:
            assert sum(span.length for span in row.spans) + row.padding == context


@pytest.mark.parametrize("way", ["packed", "padded"])
def test_all_tokens_come_out_once_and_in_order(way):
    for lengths, context in cases():
        layout = laid_out(way, lengths, context)
        assert tokens_of(layout) == [(d, k) for d, length in enumerate(lengths) for k in range(length + 1)]
        assert layout.lost == 0 and layout.tokens == sum(lengths) + len(lengths)


def test_packed_pads_the_last_row_alone():
    for lengths, context in cases():
        rows = packed(lengths, context).rows
        assert all(row.padding == 0 for row in rows[:-1])
        assert len(rows) == -(-(sum(lengths) + len(lengths)) // context)


def test_truncated_keeps_the_beginnings():
    for lengths, context in cases():
        layout = truncated(lengths, context)
        assert len(layout.rows) == len(lengths)
        assert layout.lost == sum(max(0, length + 1 - context) for length in lengths)
        assert layout.documents_cut == sum(length + 1 > context for length in lengths)


def test_padded_begins_each_document_with_a_row():
    for lengths, context in cases():
        rows = padded(lengths, context).rows
        assert all(len(row.spans) == 1 for row in rows)
        assert sum(row.spans[0].start == 0 for row in rows) == len(lengths)


def test_shares_of_a_known_case():
    lengths = [3, 9]  # 4 and 10 tokens with their ends
    assert packed(lengths, 8).padding_share == pytest.approx(2 / 16)
    assert padded(lengths, 8).padding_share == pytest.approx(10 / 24)
    assert truncated(lengths, 8).lost_share == pytest.approx(2 / 14)
    assert [laid_out(way, lengths, 8).documents_cut for way in WAYS] == [1, 1, 1]
