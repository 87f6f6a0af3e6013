"""Tokens on disk, the split by document, and the order in which windows are drawn."""

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError
from pipelines.training.data import Windows, collate, encode, encoded_before, split_rule
from pipelines.training.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def tokenizer(stories):
    return train_tokenizer(stories, 350)


@pytest.fixture
def encoded(stories, tokenizer, tmp_path):
    rule = split_rule(stories, 0.1, 0)
    info = encode(stories, tokenizer, rule, tmp_path)
    rows = [np.memmap(tmp_path / f"{part}.bin", info.dtype, "r") for part in ("train", "validation")]
    return info, rule, *rows


def test_rows_decode_to_the_documents(encoded, stories, tokenizer):
    info, rule, train, held = encoded
    for row, side, count, tokens in (
        (train, False, info.train_documents, info.train_tokens),
        (held, True, info.validation_documents, info.validation_tokens),
    ):
        wanted = [s for s in stories if rule.holds_out(s) is side]
        assert tokenizer.decode(row.tolist()) == "".join(s + "<|endoftext|>" for s in wanted)
        assert (len(wanted), len(row)) == (count, tokens)
    assert info.train_documents + info.validation_documents == len(stories)


def test_bytes_per_token(encoded, stories):
    info, rule, *_ = encoded
    held = [s for s in stories if rule.holds_out(s)]
    assert info.bytes_per_token == sum(len(s.encode()) + 1 for s in held) / info.validation_tokens


def test_no_held_out_text_is_trained_on(encoded, stories, tokenizer):
    """Also not when a document occurs several times: copies fall on the same side."""
    rule = split_rule(stories * 2, 0.1, 0)
    sides = {s: rule.holds_out(s) for s in stories}
    assert {True, False} == set(sides.values())
    _, _, train, held = encoded
    trained = tokenizer.decode(train.tolist())
    assert not any(d and d in trained for d in tokenizer.decode(held.tolist()).split("<|endoftext|>"))


@pytest.mark.parametrize("share", [0.005, 0.5])
@pytest.mark.parametrize("count", [2, 3, 40])
def test_neither_side_is_ever_empty(stories, share, count):
    for seed in range(20):
        rule = split_rule(stories[:count], share, seed)
        held = sum(map(rule.holds_out, stories[:count]))
        assert 0 < held < count


def test_share_is_met_and_seed_decides(stories):
    sides = [tuple(map(split_rule(stories, 0.25, seed).holds_out, stories)) for seed in (0, 0, 1)]
    assert sides[0] == sides[1] != sides[2]
    assert 0.1 < sum(sides[0]) / len(stories) < 0.4


def test_a_single_document_is_refused():
    with pytest.raises(GlassworksError, match="single document"):
        split_rule(["the same", "the same"], 0.1, 0)


def test_an_unfinished_encoding_does_not_count(stories, tokenizer, tmp_path):
    def fail(_: int) -> None:
        raise OSError

    rule = split_rule(stories, 0.1, 0)
    with pytest.raises(OSError):
        encode(stories, tokenizer, rule, tmp_path, fail)
    assert encoded_before(tmp_path) is None
    assert encode(stories, tokenizer, rule, tmp_path) == encoded_before(tmp_path)


def test_windows_in_order_cover_the_row():
    row = np.arange(1000, dtype=np.uint16)
    windows = Windows(row, 64)
    batch = collate(windows.__getitems__(list(range(len(windows)))))
    assert batch["input_ids"].shape == batch["targets"].shape == (15, 64)
    assert (batch["targets"] == batch["input_ids"] + 1).all()
    assert batch["input_ids"].flatten().tolist() == list(range(15 * 64))


def test_each_pass_shows_every_window_once_in_another_order():
    windows = Windows(np.arange(1000, dtype=np.uint16), 64, items=45, seed=3)
    starts = [windows.__getitems__([i])[0, 0].item() for i in range(45)]
    for number in range(3):
        one = sorted(starts[number * 15 : number * 15 + 15])
        assert one == [one[0] + 64 * i for i in range(15)]
    assert starts[:15] != starts[15:30]
    assert (
        windows.__getitems__([40, 41]).tolist()
        == Windows(np.arange(1000, dtype=np.uint16), 64, items=45, seed=3).__getitems__([40, 41]).tolist()
    )


def test_a_row_shorter_than_the_context_still_validates():
    assert Windows(np.arange(10, dtype=np.uint16), 64).__getitems__([0]).tolist() == [list(range(10))]
