import random
from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from pipelines.evaluation.language.encoding import Encoded, encoded, tile_bytes
from tests.support import small_tokenizers, tiny_models

MAKERS = ("make_bpe", "make_byte_fallback", "make_unigram", "make_wordpiece")


def tokenizer(maker: str) -> Any:
    return PreTrainedTokenizerFast(tokenizer_object=getattr(small_tokenizers, maker)())


def joined(pieces: list[Encoded]) -> tuple[list[int], list[tuple[int, int]]]:
    spans = [zip(one.starts.tolist(), one.ends.tolist(), strict=True) for one in pieces]
    return [token for one in pieces for token in one.ids.tolist()], [pair for one in spans for pair in one]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_text_in_pieces_has_the_tokens_of_the_whole(maker):
    made, rng = tokenizer(maker), random.Random(3)
    for _ in range(25):
        text = "".join(rng.choices(small_tokenizers.PIECES + small_tokenizers.SENTENCES, k=200))
        pieces = list(encoded(made, text, chars=rng.randint(150, 500), lap=90))
        whole = made(text, add_special_tokens=False, return_offsets_mapping=True)
        assert joined(pieces) == (whole.input_ids, [tuple(pair) for pair in whole.offset_mapping])


def test_prose_is_really_cut():
    text = "\n".join(small_tokenizers.SENTENCES) * 20
    pieces = list(encoded(tokenizer("make_bpe"), text, chars=1_000, lap=100))
    assert len(pieces) > len(text) // 2_000


def test_what_has_no_place_to_be_joined_is_encoded_together():
    made = tiny_models.tokenizer()
    text = "no" + "a" * 5_000
    assert (
        joined(list(encoded(made, text, chars=400, lap=60)))[0]
        == made(text, add_special_tokens=False).input_ids
    )


def test_no_token_is_put_around_a_text():
    made = tokenizer("make_wordpiece")
    (piece,) = encoded(made, "the fox")
    assert piece.ids.tolist() == made("the fox", add_special_tokens=False).input_ids
    assert len(piece) < len(made("the fox").input_ids), "this tokenizer puts tokens around a text"


def test_no_text_has_no_tokens():
    (piece,) = encoded(tiny_models.tokenizer(), "")
    assert not len(piece)


class Spelling:
    """A tokenizer of letters that does not say where its tokens stand."""

    is_fast = False

    def __call__(self, text: str, **_: Any) -> Any:
        return type("Made", (), {"input_ids": [ord(char) for char in text]})

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(map(chr, ids))


def test_a_tokenizer_without_offsets_is_told_by_what_it_decodes():
    (piece,) = encoded(Spelling(), "naïve " * 40)
    assert piece.starts.tolist() == list(range(240)) and piece.ends.tolist() == list(range(1, 241))


def test_bytes_of_tokens_are_those_of_the_text():
    made, rng = tiny_models.tokenizer(), random.Random(5)
    for _ in range(20):
        text = "".join(rng.choices(small_tokenizers.PIECES, k=60))
        reached, sizes = 0, []
        for piece in encoded(made, text, chars=120, lap=40):
            found, reached = tile_bytes(text, piece, reached)
            sizes += found.tolist()
        assert sum(sizes) == len(text[:reached].encode())


def test_of_tokens_that_share_a_character_the_first_has_its_bytes():
    piece = Encoded(np.array([5, 6, 7]), np.array([0, 1, 1]), np.array([1, 2, 2]))
    sizes, reached = tile_bytes("a🦀", piece, 0)
    assert sizes.tolist() == [1, 4, 0] and reached == 2
