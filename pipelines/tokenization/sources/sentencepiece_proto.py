"""What a SentencePiece ``.model`` says: its pieces with scores and types, and how it was set up.

The field numbers are those of ``sentencepiece_model.proto``.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

from pipelines.tokenization.sources.files import TokenizerFileError, check_ids
from pipelines.tokenization.sources.protobuf import as_float, as_int, as_message, as_text, fields


class PieceType(IntEnum):
    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


class ModelType(IntEnum):
    UNIGRAM = 1
    BPE = 2
    WORD = 3
    CHAR = 4


@dataclass(frozen=True)
class SentencePieceModel:
    """Row ``id`` of ``pieces``, ``scores`` and ``types`` is one piece."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    types: tuple[PieceType, ...]
    model_type: ModelType
    byte_fallback: bool
    whitespace_as_suffix: bool
    normalizer: str
    has_charsmap: bool
    add_dummy_prefix: bool
    remove_extra_whitespaces: bool
    escape_whitespaces: bool

    def of_type(self, wanted: PieceType) -> tuple[int, ...]:
        """The ids of all pieces of a type."""
        return tuple(id_ for id_, found in enumerate(self.types) if found is wanted)


def parse_model(data: bytes) -> SentencePieceModel:
    """Raises :class:`TokenizerFileError` for what is no whole model, saying what is wrong."""
    rows, trainer, normalizer = [], b"", b""
    for number, value in fields(data):
        if number == 1:
            rows.append(_piece(as_message(value), len(rows)))
            check_ids(len(rows), "The model")
        elif number == 2:
            trainer += as_message(value)  # parts of one message follow each other: the format says "merge"
        elif number == 3:
            normalizer += as_message(value)
    _check(rows)
    settings, rules = dict(fields(trainer)), dict(fields(normalizer))
    return SentencePieceModel(
        pieces=tuple(row[0] for row in rows),
        scores=tuple(row[1] for row in rows),
        types=tuple(row[2] for row in rows),
        model_type=_enum(ModelType, as_int(settings.get(3, 1)), "model type"),
        byte_fallback=bool(as_int(settings.get(35, 0))),
        whitespace_as_suffix=bool(as_int(settings.get(24, 0))),
        normalizer=as_text(rules.get(1, b"")),
        has_charsmap=bool(as_message(rules.get(2, b""))),
        add_dummy_prefix=bool(as_int(rules.get(3, 1))),
        remove_extra_whitespaces=bool(as_int(rules.get(4, 1))),
        escape_whitespaces=bool(as_int(rules.get(5, 1))),
    )


def _piece(message: bytes, id_: int) -> tuple[str, float, PieceType]:
    text, score, kind = "", 0.0, 1
    for number, value in fields(message):
        if number == 1:
            text = as_text(value)
        elif number == 2:
            score = as_float(value)
        elif number == 3:
            kind = as_int(value)
    if not text:
        raise TokenizerFileError(f"Piece {id_:,} of the SentencePiece model is empty.")
    if not math.isfinite(score):
        raise TokenizerFileError(f"Piece {id_:,} of the SentencePiece model has no finite score.")
    return text, score, _enum(PieceType, kind, f"type of piece {id_:,}")


def _enum(kind: type, value: int, what: str):
    try:
        return kind(value)
    except ValueError:
        raise TokenizerFileError(
            f"The SentencePiece model's {what} is {value}, which does not exist."
        ) from None


def _check(rows: list[tuple[str, float, PieceType]]) -> None:
    """At least one piece, exactly one of them for what is unknown, none twice."""
    if not rows:
        raise TokenizerFileError("The file is no SentencePiece model: it has no pieces.")
    unknown = sum(kind is PieceType.UNKNOWN for _, _, kind in rows)
    if unknown != 1:
        raise TokenizerFileError(f"A SentencePiece model has one unknown piece; this has {unknown}.")
    seen: set[str] = set()
    for id_, (text, _, _) in enumerate(rows):
        if text in seen:
            raise TokenizerFileError(f"Piece {id_:,} of the SentencePiece model repeats {text[:40]!r}.")
        seen.add(text)
