"""Small tokenizer files made on the spot by the reference libraries: tiktoken ranks, SentencePiece models."""

import base64
import io
from functools import lru_cache

from tests.support.small_tokenizers import SENTENCES, backend


@lru_cache
def ranks() -> dict[bytes, int]:
    """Token bytes → rank: 256 bytes, then what a BPE learnt on the sentences."""
    from pipelines.tokenization.raw import unspelt

    made = {bytes([byte]): byte for byte in range(256)}
    learnt = sorted(backend("bpe").get_vocab(with_added_tokens=True).items(), key=lambda item: item[1])
    added = {token.content for token in backend("bpe").get_added_tokens_decoder().values()}
    for token, _ in learnt:
        if len(unspelt(token)) > 1 and token not in added:
            made.setdefault(unspelt(token), len(made))
    return made


def rank_file(table: dict[bytes, int]) -> bytes:
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in table.items())


@lru_cache
def sentencepiece_model(kind: str, byte_fallback: bool = False) -> bytes:
    from sentencepiece import SentencePieceTrainer

    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 5),
        model_writer=written,
        model_type=kind,
        vocab_size=400 if byte_fallback else 160,
        hard_vocab_limit=False,
        byte_fallback=byte_fallback,
        user_defined_symbols=["<x>"],
        minloglevel=2,
        num_threads=1,
    )
    return written.getvalue()
