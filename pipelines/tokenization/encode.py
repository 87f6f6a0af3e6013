"""A text as columns, one row a token: what every view of this topic is made of. Pure.

>>> encoded = encode(tokenizer, "né")   # doctest: +SKIP
>>> list(zip(encoded.tokens, encoded.raw, encoded.start, encoded.end, encoded.group))   # doctest: +SKIP
[('n', b'n', 0, 1, 0), ('Ã', b'\\xc3', 1, 2, 1), ('©', b'\\xa9', 1, 2, 1)]
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.tokenization.guard import guarded
from pipelines.tokenization.loaded import EncodingLike, LoadedTokenizer

MAX_CHARS = 5_000_000


@dataclass(frozen=True, eq=False)
class Encoded:
    """All columns have one row a token; offsets are characters of ``text``, ``end`` exclusive.

    ``raw`` are the token's bytes; of an unknown token, those of the text that it stands for. ``special``
    marks control tokens, ``added`` those among them that stand for nothing in the text, ``byte_fallback``
    tokens such as ``<0xF0>``, ``unknown`` what the vocabulary cannot spell (which is not called special).
    Tokens of the same ``group`` share a character; groups are numbered from 0 in order.
    """

    text: str
    ids: np.ndarray
    tokens: tuple[str, ...]
    raw: tuple[bytes, ...]
    start: np.ndarray
    end: np.ndarray
    special: np.ndarray
    added: np.ndarray
    byte_fallback: np.ndarray
    unknown: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def encode(tokenizer: LoadedTokenizer, text: str, *, add_special_tokens: bool = False) -> Encoded:
    """``add_special_tokens`` puts the tokenizer's own BOS, CLS … around the text, as for its model.

    Raises SpecError for text that is no text, such as half a surrogate pair.
    """
    check_text(text)
    return columns(tokenizer, text, library_encoding(tokenizer, text, add_special_tokens))


def library_encoding(tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool = False) -> EncodingLike:
    """The library's own result; a tokenizer whose parts do not fit each other gives a clear error. As a batch
    of one, since only for batches the library lets Python's other threads go on meanwhile."""
    with guarded(f"{tokenizer.name} cannot encode this text"):
        return tokenizer.backend.encode_batch([text], add_special_tokens=add_special_tokens)[0]


def check_text(text: object) -> None:
    """Raise SpecError unless ``text`` is a string of whole characters, not longer than :data:`MAX_CHARS`."""
    if not isinstance(text, str) or len(text) > MAX_CHARS:
        got = f"{len(text):,} characters" if isinstance(text, str) else text
        raise SpecError("text", got, f"text of at most {MAX_CHARS:,} characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = text[error.start]
        raise SpecError(
            "text",
            half,
            f"whole characters alone; character {error.start:,} (from 0) is half of a surrogate pair,"
            f" U+{ord(half):04X}, which no encoding of text has",
        ) from None


def columns(tokenizer: LoadedTokenizer, text: str, encoding: EncodingLike) -> Encoded:
    """The library's encoding of ``text`` as columns."""
    listed = encoding.ids
    ids = np.array(listed, dtype=np.int32)
    spans = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    start, end = spans[:, 0].copy(), spans[:, 1].copy()
    unknown = ids == (-1 if tokenizer.unk_id is None else tokenizer.unk_id)
    special = tokenizer.special_ids[ids] & ~unknown
    added = special & (start == end)
    return Encoded(
        text=text,
        ids=ids,
        tokens=tuple(map(tokenizer.tokens.__getitem__, listed)),
        raw=_raw(tokenizer, text, listed, spans, np.flatnonzero(unknown & (end > start))),
        start=start,
        end=end,
        special=special,
        added=added,
        byte_fallback=tokenizer.byte_ids[ids],
        unknown=unknown,
        group=groups(start, end),
    )


def groups(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Number the runs of tokens whose spans overlap; a token without a span stands alone.

    >>> groups(np.array([0, 1, 1, 2]), np.array([1, 2, 2, 3])).tolist()
    [0, 1, 1, 2]
    """
    if not len(start):
        return np.zeros(0, dtype=np.int32)
    reached = np.concatenate(([0], np.maximum.accumulate(end)[:-1]))
    joins = (start < reached) & (start < end)
    return (np.cumsum(~joins) - 1).astype(np.int32)


def _raw(
    tokenizer: LoadedTokenizer, text: str, ids: Sequence[int], spans: np.ndarray, unknown: np.ndarray
) -> tuple[bytes, ...]:
    raw = list(map(tokenizer.token_bytes.__getitem__, ids))
    for at in unknown.tolist():
        raw[at] = text[spans[at, 0] : spans[at, 1]].encode("utf-8")
    return tuple(raw)
