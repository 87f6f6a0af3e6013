"""Tokens on disk, the split by document, and the order in which windows are drawn."""

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError
from pipelines.training.data import Deck, Shuffled, Windows, encode, encoded_before, split_rule
from pipelines.training.stages import plan
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
    windows = Windows(np.arange(1000, dtype=np.uint16), 64)
    ids = windows.__getitems__(list(range(len(windows))))
    assert ids.shape == (15, 65)
    assert ids[:, :-1].flatten().tolist() == list(range(15 * 64))


def test_each_pass_shows_every_window_once_in_another_order():
    row = np.arange(1000, dtype=np.uint16)
    deck = Shuffled(row, 64, (3,))
    starts = [int(deck[i][0]) for i in range(45)]
    for number in range(3):
        one = sorted(starts[number * 15 : number * 15 + 15])
        assert one == [one[0] + 64 * i for i in range(15)]
    assert starts[:15] != starts[15:30]
    assert [deck[i].tolist() for i in (40, 41)] == [Shuffled(row, 64, (3,))[i].tolist() for i in (40, 41)]


FIRST, SECOND = np.arange(0, 2_000, dtype=np.uint16), np.arange(10_000, 12_000, dtype=np.uint16)


def batches(lines, passes=1, processes=1, **start):
    given = {"steps": 20, "context": 32, "batch_size": 8, "second_share": 0.0, **start}
    made = plan(tuple(lines), passes=passes, **given)
    return made, Deck(made, FIRST, SECOND, (1,), processes=processes)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.95])
def test_the_second_corpus_has_its_share_of_every_stretch(share):
    """Spread evenly: of any first n sequences, n · share to within one."""
    _, deck = batches([], second_share=share)
    from_second = [int(ids[0]) >= 10_000 for item in range(len(deck)) for ids in deck[item]]
    for count in range(1, len(from_second)):
        assert abs(sum(from_second[:count]) - share * count) <= 1


def test_stages_have_shapes_of_their_own():
    made, deck = batches(["0.25 context=16 batch_size=4", "0.75 second_share=0.5"], passes=2)
    assert len(deck) == 40 and made.tokens == sum(deck[i][:, 1:].numel() for i in range(40))
    assert [tuple(deck[i].shape) for i in (0, 9, 10, 39)] == [(4, 17), (4, 17), (8, 33), (8, 33)]


def test_processes_share_a_step_between_them():
    """Together they read what one process reads, each a part of it."""
    _, alone = batches(["0.5 second_share=0.5", "0.5"], passes=2)
    _, shared = batches(["0.5 second_share=0.5", "0.5"], passes=2, processes=4)
    for step in range(20):
        one = [row.tolist() for part in range(2) for row in alone[step * 2 + part]]
        parts = [row.tolist() for part in range(8) for row in shared[step * 8 + part]]
        assert sorted(one) == sorted(parts)


def test_a_row_shorter_than_the_context_still_validates():
    assert Windows(np.arange(10, dtype=np.uint16), 64).__getitems__([0]).tolist() == [list(range(10))]
