"""Pages of tokens: together they are the whole encoding, and a page knows of groups that reach beyond it."""

import json

import numpy as np
import pytest

from pipelines.runtime.codec import decode
from pipelines.runtime.codec import encode as packed
from pipelines.tokenization.encode import encode
from pipelines.tokenization.rows import TokenRows, token_rows
from tests.support.small_tokenizers import loaded, texts

COLUMNS = ("ids", "start", "end", "special", "added", "byte_fallback", "unknown", "group")


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
def test_pages_together_are_the_encoding(kind):
    encoded = encode(loaded(kind), " ".join(texts(3, 30)), add_special_tokens=True)
    pages = [token_rows(encoded, first, 7) for first in range(0, len(encoded), 7)]
    for name in COLUMNS:
        joined = np.concatenate([getattr(page, name) for page in pages])
        assert joined.tolist() == getattr(encoded, name).tolist(), name
    assert sum((page.tokens for page in pages), ()) == encoded.tokens
    assert [page.bytes_of(row) for page in pages for row in range(len(page))] == list(encoded.raw)
    assert all(page.total == len(encoded) for page in pages)


def test_a_group_that_a_page_cuts_is_known_whole():
    encoded = encode(loaded("bpe"), "a👩b")
    group = int(encoded.group[np.flatnonzero(encoded.end - encoded.start == 1)[1]])
    members = np.flatnonzero(encoded.group == group)
    assert len(members) > 1
    rows = token_rows(encoded, int(members[1]), 1)
    assert (rows.group_first.tolist(), rows.group_size.tolist()) == ([members[0]], [len(members)])
    assert rows.texts == ("\ufffd" * len(rows.texts[0]),)


def test_beyond_the_end_there_are_none():
    encoded = encode(loaded("bpe"), "the fox")
    for first, count in ((len(encoded), 5), (10_000, 1), (0, 0)):
        rows = token_rows(encoded, first, count)
        assert len(rows) == 0 and rows.total == len(encoded) and rows.raw_offsets.tolist() == [0]
    assert token_rows(encode(loaded("bpe"), ""), 0, 100).total == 0


def test_rows_cross_between_the_processes():
    rows = token_rows(encode(loaded("wordpiece"), "the fox Ω", add_special_tokens=True), 1, 3)
    types = {"TokenRows": TokenRows}
    frame = b"".join(bytes(part) for part in packed(1, rows, types))
    at = 0

    def read_into(view):
        nonlocal at
        view[:] = frame[at : at + len(view)]
        at += len(view)

    _, back = decode(read_into, types)
    assert json.dumps([back.tokens, back.texts, back.raw.tolist()]) == json.dumps(
        [rows.tokens, rows.texts, rows.raw.tolist()]
    )
