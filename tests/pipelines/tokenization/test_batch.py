"""Batches are those of transformers, whatever the settings."""

import random

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.batch import make_batch
from pipelines.tokenization.batch_spec import PADDING, SIDES, TRUNCATION, BatchSpec
from tests.support.small_tokenizers import backend, loaded, texts, transformers_tokenizer

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
