"""The stages of a SentencePiece model. Its normaliser is one part with switches: they are turned on one by
one."""

import numpy as np

from pipelines.tokenization.encode import library_encoding
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.stage_view import Piece, Stage


def sentencepiece_stages(
    tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool
) -> tuple[Stage, ...]:
    """Normaliser stages, the model's tokens, and what is put around them."""
    found = [_normalized(name, settings, step, text) for name, settings, step in tokenizer.backend.steps]
    plain = _tokens("model", tokenizer.kind.capitalize(), tokenizer, text, False)
    found.append(plain)
    if tokenizer.backend.num_special_tokens_to_add(False):
        found.append(_tokens("post_processor", "BeginEnd", tokenizer, text, add_special_tokens))
    return tuple(found)


def _normalized(name: str, settings: dict, processor: object, text: str) -> Stage:
    """SentencePiece says where each character begins in the original; it ends where the next other one
    does."""
    normalized, starts = processor.normalize(text, with_offsets=True)
    ends = [0] * len(normalized)
    following = len(text)
    for at in range(len(normalized) - 1, -1, -1):
        if starts[at + 1] > starts[at]:
            following = starts[at + 1]
        ends[at] = following
    origins = np.array([*zip(starts, ends, strict=False)], dtype=np.int32).reshape(-1, 2)
    return Stage("normalizer", name, settings, (Piece(normalized, 0, len(text)),), origins)


def _tokens(part: str, name: str, tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool) -> Stage:
    encoding = library_encoding(tokenizer, text, add_special_tokens)
    rows = zip(encoding.tokens, encoding.offsets, encoding.ids, strict=True)
    return Stage(part, name, {}, tuple(Piece(token, *span, id_) for token, span, id_ in rows))
