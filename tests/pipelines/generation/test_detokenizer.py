import random

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from pipelines.generation.detokenizer import Detokenizer


@pytest.fixture(scope="module")
def byte_level(tiny_llama):
    return AutoTokenizer.from_pretrained(tiny_llama)


@pytest.fixture(scope="module")
def metaspace():
    """SentencePiece's manner with byte fallback, as Llama 2 has it: a first space is dropped by decode."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"abcdefgh", "▁a", "▁b", "ab"]
    tokenizer = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, [], byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


def pieces_of(tokenizer, ids, before=()):
    detokenizer = Detokenizer(tokenizer, before)
    pieces = [detokenizer.add(i) for i in ids]
    return [*pieces, detokenizer.finish()], detokenizer.text


def whole(tokenizer, ids):
    return tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


@pytest.mark.parametrize("seed", range(100))
def test_pieces_add_up_to_the_decoded_whole(byte_level, seed):
    """Random ids: many bytes that make no character at all."""
    rng = random.Random(seed)
    ids = [rng.randrange(len(byte_level)) for _ in range(rng.randrange(60))]
    pieces, text = pieces_of(byte_level, ids)
    assert "".join(pieces) == text == whole(byte_level, ids)


@pytest.mark.parametrize("seed", range(100))
def test_pieces_add_up_with_byte_fallback(metaspace, seed):
    """Random text, whose rare characters become bytes."""
    rng = random.Random(seed)
    ids = metaspace("".join(rng.choice("ab cdz é🦀日") for _ in range(rng.randrange(30)))).input_ids
    pieces, text = pieces_of(metaspace, ids)
    assert "".join(pieces) == text == whole(metaspace, ids)
    assert not any("�" in piece for piece in pieces)


@pytest.mark.parametrize("text", ["naïve café", "🦀🌊 crab 日本語 👩‍👩‍👧", "a\n\n  b\t", "مرحبا"])
def test_no_piece_holds_half_a_character(byte_level, text):
    ids = byte_level(text).input_ids
    pieces, shown = pieces_of(byte_level, ids)
    assert len(ids) > 1 and "".join(pieces) == shown == text
    assert not any("�" in piece for piece in pieces)


def test_a_real_replacement_character_is_kept(byte_level):
    ids = byte_level("a�b�").input_ids
    assert pieces_of(byte_level, ids)[1] == "a�b�"
    assert "".join(pieces_of(byte_level, ids)[0]) == "a�b�"


def test_the_space_between_prompt_and_continuation_is_kept(metaspace):
    before, after = metaspace("ab a").input_ids, metaspace("b").input_ids
    assert metaspace.decode(after) == "b"
    assert pieces_of(metaspace, after, before)[1] == " b"


def test_special_tokens_are_not_shown(byte_level):
    end = byte_level.eos_token_id
    assert pieces_of(byte_level, [*byte_level("crab").input_ids, end])[1] == "crab"
