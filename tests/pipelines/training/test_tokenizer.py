"""The tokenizer learnt here: lossless, digits alone, special tokens whole, loaded by transformers as any."""

import json

import pytest
from transformers import AutoTokenizer

from pipelines.training.tokenizer import RESERVED, load_tokenizer, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer(stories):
    return train_tokenizer(stories, 400)


@pytest.mark.parametrize(
    "text", ["Tom saw 17 stones.", "  two  spaces\n\ttab", "naïve 日本 👩‍🚀 \x00", "", "<|us"]
)
def test_round_trip(tokenizer, text):
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_digits_stand_alone(tokenizer):
    ids = tokenizer("2026").input_ids
    assert [tokenizer.decode([i]) for i in ids] == ["2", "0", "2", "6"]
    assert not any(len(t) > 1 and any(c.isdigit() for c in t) for t in tokenizer.get_vocab() if "|" not in t)


def test_special_tokens(tokenizer):
    for token in ("<|endoftext|>", *RESERVED):
        assert tokenizer(token).input_ids == [tokenizer.convert_tokens_to_ids(token)]
        assert tokenizer.decode(tokenizer(f"a{token}b").input_ids, skip_special_tokens=True) == "ab"
    assert tokenizer.eos_token == tokenizer.bos_token == "<|endoftext|>" and tokenizer.pad_token == "<|pad|>"


def test_size_and_determinism(tokenizer, stories):
    assert 264 < len(tokenizer) <= 400
    assert train_tokenizer(stories, 400).get_vocab() == tokenizer.get_vocab()
    assert max(tokenizer.get_vocab().values()) == len(tokenizer) - 1


def test_saved_and_loaded_by_transformers(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    text = "Grandma painted the moon.<|endoftext|>"
    for again in (load_tokenizer(tmp_path), AutoTokenizer.from_pretrained(tmp_path)):
        assert again(text).input_ids == tokenizer(text).input_ids
        assert (again.eos_token_id, again.pad_token_id) == (tokenizer.eos_token_id, tokenizer.pad_token_id)


def test_a_loaded_tokenizer_saves_nothing_of_how_it_was_loaded(tmp_path, stories):
    train_tokenizer(stories, 300).save_pretrained(tmp_path / "first")
    load_tokenizer(tmp_path / "first").save_pretrained(tmp_path / "second")
    saved = json.loads((tmp_path / "second" / "tokenizer_config.json").read_text())
    assert not {"local_files_only", "is_local"} & set(saved)
