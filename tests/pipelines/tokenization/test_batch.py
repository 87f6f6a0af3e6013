"""Batches are those of transformers, whatever the settings; SentencePiece's hold what it says itself."""

import random
from itertools import pairwise

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.batch import make_batch
from pipelines.tokenization.batch_spec import PADDING, SIDES, TRUNCATION, BatchSpec
from pipelines.tokenization.sources.sentencepiece_model import read_sentencepiece
from tests.support.small_tokenizers import backend, loaded, texts, transformers_tokenizer
from tests.support.source_files import sentencepiece_model

PADDINGS = {"none": False, "longest": True, "max_length": "max_length"}


def theirs(kind, first, second, spec):
    tokenizer = transformers_tokenizer(kind, truncation_side=spec.truncation_side)
    return tokenizer(
        first,
        second,
        padding=PADDINGS[spec.padding],
        padding_side=spec.padding_side,
        truncation=False if spec.truncation == "none" else spec.truncation,
        max_length=spec.max_length,
        stride=spec.stride,
        add_special_tokens=spec.add_special_tokens,
        return_overflowing_tokens=True,
        return_token_type_ids=True,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("paired", [False, True])
def test_batches_are_those_of_transformers(kind, paired):
    rng = random.Random(f"{kind}{paired}")
    for seed in range(20):
        first = texts(seed, 5)
        second = texts(seed + 100, 5) if paired else None
        spec = BatchSpec(
            padding=rng.choice(PADDING),
            padding_side=rng.choice(SIDES),
            truncation=rng.choice(TRUNCATION[: None if paired else 3]),
            truncation_side=rng.choice(SIDES),
            max_length=rng.randint(12, 60),
            stride=rng.randint(0, 5),
            add_special_tokens=rng.random() < 0.7,
        )
        try:
            said = theirs(kind, first, second, spec)
        except BaseException as fault:  # one text of the pair is too short to be cut by so much
            assert "runcation" in str(fault) or "stride" in str(fault)
            with pytest.raises(GlassworksError, match="cannot encode this batch"):
                make_batch(loaded(kind), first, spec, second)
            continue
        mine = make_batch(loaded(kind), first, spec, second)
        assert mine.text_index.tolist() == said["overflow_to_sample_mapping"]
        assert mine.lengths.tolist() == [len(row) for row in said["input_ids"]]
        for name in ("input_ids", "attention_mask", "token_type_ids", "special_tokens_mask"):
            rows = [row[:n].tolist() for row, n in zip(getattr(mine, name), mine.lengths, strict=True)]
            assert rows == said[name], (name, spec)
        for row, n, offsets in zip(mine.offsets, mine.lengths, said["offset_mapping"], strict=True):
            assert row[:n].tolist() == [list(pair) for pair in offsets]
        beyond = np.arange(mine.input_ids.shape[1]) >= mine.lengths[:, None]
        assert (mine.input_ids[beyond] == -1).all()


def test_the_tokenizer_itself_is_not_changed():
    before = backend("wordpiece").to_str()
    make_batch(
        loaded("wordpiece"), ["a", "b c d"], BatchSpec(padding="max_length", truncation="longest_first")
    )
    assert backend("wordpiece").to_str() == before


@pytest.mark.parametrize(
    ("given", "pairs", "fields", "message"),
    [
        ([], None, {}, "1 to 64 texts"),
        (["\ud800"], None, {}, "surrogate"),
        (["a"], ["b", "c"], {}, "one for each"),
        (["a"], None, {"truncation": "only_second"}, "without pairs"),
        (["a"], None, {"truncation": "longest_first", "max_length": 2}, "at least 3"),
        (["a"], None, {"truncation": "longest_first", "max_length": 8, "stride": 6}, "less than 6"),
    ],
)
def test_what_does_not_go_together_is_refused(given, pairs, fields, message):
    with pytest.raises(SpecError, match=message):
        make_batch(loaded("wordpiece"), given, BatchSpec(**fields), pairs)


CONFIG = {"add_bos_token": True, "add_eos_token": True, "pad_token": "<x>"}
CHOPPED = ["The fox 👩‍🚀 in the café, and nobody was surprised.", "", "two words"]


def sentencepiece(kind="bpe", fallback=True, **config):
    return read_sentencepiece("sp", sentencepiece_model(kind, fallback), config or CONFIG)


def shown(table, row, length):
    return table[row, :length].tolist()


@pytest.mark.parametrize(("kind", "fallback"), [("bpe", True), ("unigram", False)])
@pytest.mark.parametrize("paired", [False, True])
def test_sentencepiece_rows_are_its_own_encodings(kind, fallback, paired):
    tokenizer, first = sentencepiece(kind, fallback), texts(1, 12)
    second = texts(2, 12) if paired else None
    batch = make_batch(tokenizer, first, BatchSpec(padding="longest", padding_side="left"), second)
    pad, width = tokenizer.backend.token_to_id("<x>"), batch.input_ids.shape[1]
    for row, text in enumerate(first):
        said = tokenizer.backend.encode(text, second[row] if paired else None)
        padding = width - len(said.ids)
        assert shown(batch.input_ids, row, width) == [pad] * padding + said.ids
        assert shown(batch.attention_mask, row, width) == [0] * padding + said.attention_mask
        assert shown(batch.special_tokens_mask, row, width) == [1] * padding + said.special_tokens_mask
        assert shown(batch.token_type_ids, row, width)[padding:] == said.type_ids
        assert shown(batch.offsets, row, width)[padding:] == [list(span) for span in said.offsets]


@pytest.mark.parametrize("side", SIDES)
def test_sentencepiece_texts_are_cut_into_chunks_that_repeat_the_stride(side):
    tokenizer = sentencepiece()
    spec = BatchSpec(truncation="longest_first", truncation_side=side, max_length=9, stride=3)
    batch = make_batch(tokenizer, CHOPPED, spec)
    begin, end = tokenizer.backend.begin, tokenizer.backend.end
    whole = tokenizer.backend.encode(CHOPPED[0], add_special_tokens=False)
    chunks = [shown(batch.input_ids, row, 9) for row in np.flatnonzero(batch.text_index == 0)]
    assert len(chunks) > 3 and all(chunk[0] == begin for chunk in chunks)
    inner = [[id_ for id_, own in zip(chunk, batch.sequence_ids[row], strict=True) if own == 0]
             for row, chunk in enumerate(chunks)]  # fmt: skip
    ordered = inner if side == "right" else inner[::-1]
    assert all(a[-3:] == b[:3] for a, b in pairwise(ordered))
    assert ordered[0] + [id_ for chunk in ordered[1:] for id_ in chunk[3:]] == whole.ids
    spans = [tuple(span) for span in batch.offsets[0, 1 : 1 + len(inner[0])].tolist()]
    assert spans == (whole.offsets[: len(spans)] if side == "right" else whole.offsets[-len(spans) :])
    assert shown(batch.input_ids, np.flatnonzero(batch.text_index == 1)[0], 2) == [begin, end]


def test_sentencepiece_without_a_padding_token_makes_ragged_rows_alone():
    bare = sentencepiece(add_bos_token=False)
    with pytest.raises(SpecError, match="no padding token"):
        make_batch(bare, CHOPPED, BatchSpec())
    batch = make_batch(bare, CHOPPED, BatchSpec(padding="none"))
    assert batch.lengths.tolist() == [len(bare.backend.encode(text).ids) for text in CHOPPED]
    assert batch.lengths[1] == 0 and "👩" in batch.tokens
