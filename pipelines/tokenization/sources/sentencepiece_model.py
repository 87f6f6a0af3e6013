"""SentencePiece's ``.model``: BPE, Unigram, word or character, run by SentencePiece itself.

The file is first parsed here, field by field, so that a damaged one is refused with a reason before any
library sees it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipelines.tokenization.guard import reason_of
from pipelines.tokenization.loaded import ROLES, Added, LoadedTokenizer
from pipelines.tokenization.sources.files import TokenizerFileError
from pipelines.tokenization.sources.sentencepiece_backend import SentencePieceBackend
from pipelines.tokenization.sources.sentencepiece_proto import (
    ModelType,
    PieceType,
    SentencePieceModel,
    parse_model,
)
from pipelines.tokenization.sources.tokenizer_json import content

_KINDS = {ModelType.UNIGRAM: "unigram", ModelType.BPE: "bpe"}  # words and characters are looked up whole
_SPECIAL = (PieceType.UNKNOWN, PieceType.CONTROL)


def read_sentencepiece(name: str, data: bytes, config: Mapping[str, Any] | None = None) -> LoadedTokenizer:
    """``config`` is tokenizer_config.json where there is one: it names roles, and whether BOS and EOS are
    added.

    Raises :class:`TokenizerFileError` when the bytes are no SentencePiece model.
    """
    config = config or {}
    proto = parse_model(data)
    processor = _processor(data)
    special = _special(processor, proto, config)
    begin, end = (
        processor.piece_to_id(special[role]) if config.get(key) is True and role in special else None
        for role, key in (("bos_token", "add_bos_token"), ("eos_token", "add_eos_token"))
    )
    return LoadedTokenizer(
        name=name,
        backend=SentencePieceBackend(processor, proto, begin, end),
        kind=_KINDS.get(proto.model_type, "wordlevel"),
        byte_level=False,
        byte_fallback=proto.byte_fallback,
        source="sentencepiece",
        special=special,
        added=tuple(
            Added(id_, piece, kind in _SPECIAL)
            for id_, (piece, kind) in enumerate(zip(proto.pieces, proto.types, strict=True))
            if kind in (*_SPECIAL, PieceType.USER_DEFINED)
        ),
        config=dict(config),
        scores=np.array(proto.scores, dtype=np.float32),
        space="▁" if proto.escape_whitespaces else "",
    )


def _processor(data: bytes) -> Any:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor()
    try:
        processor.load_from_serialized_proto(data)
    except (RuntimeError, ValueError, OSError) as error:
        raise TokenizerFileError(
            f"The sentencepiece library refuses this model: {reason_of(error)}."
        ) from error
    return processor


def _special(processor: Any, proto: SentencePieceModel, config: Mapping[str, Any]) -> dict[str, str]:
    """Role → piece as the model has it, overruled by what the config names and the model knows."""
    ids = {
        "unk_token": processor.unk_id(),
        "bos_token": processor.bos_id(),
        "eos_token": processor.eos_id(),
        "pad_token": processor.pad_id(),
    }
    found = {role: proto.pieces[id_] for role, id_ in ids.items() if id_ >= 0}
    known = set(proto.pieces)
    return found | {role: text for role in ROLES if (text := content(config.get(role))) in known}
