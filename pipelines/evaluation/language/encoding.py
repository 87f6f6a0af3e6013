"""A text as tokens, a piece at a time: a long one is never encoded as a whole, whose table of tokens would
take a hundred times the text's memory.

Where two pieces meet they overlap, and the text is joined at a place in the middle of the overlap that both
cut alike. Where there is none such, more is encoded together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.generation.detokenizer import Detokenizer

_CHARS = 50_000  # of a piece
_LAP = 1_000  # characters that two pieces share
_AT_ONCE = 64  # tokens
_ALIKE = 3  # tokens on both sides of the place where they are joined that both have


@dataclass(frozen=True, eq=False)
class Encoded:
    """Tokens of a text: ``ids``, and the characters ``starts`` to ``ends`` that each stands for, all
    [tokens]. Tokens that share a character have the same ones."""

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, some: slice) -> "Encoded":
        return Encoded(self.ids[some], self.starts[some], self.ends[some])

    def since(self, start: int) -> "Encoded":
        """The tokens from the first on that begins at this character or behind it."""
        return self[int(np.argmax(self.starts >= start)) :] if start else self

    def moved(self, by: int) -> "Encoded":
        return Encoded(self.ids, self.starts + by, self.ends + by)


def encoded(tokenizer: Any, text: str, chars: int = _CHARS, lap: int = _LAP) -> Iterator[Encoded]:
    """The tokens of the text, without any that the tokenizer would put around it, in pieces of about
    ``chars`` characters. Offsets are of the whole text."""
    if not tokenizer.is_fast:
        yield _by_decoding(tokenizer, text)
        return
    begin, cut, high = 0, 0, chars
    left = _encode(tokenizer, text, begin, high)
    while high < len(text):
        right = _encode(tokenizer, text, high - lap, high + chars)
        seam = _seam(left, right, high - lap, high)
        if seam is None:  # twice as much at once, so that no text takes long
            high += max(chars, high - begin)
            left = _encode(tokenizer, text, begin, high).since(cut)
            continue
        yield left[: seam[0]]
        begin, cut, high = high - lap, int(right.starts[seam[1]]), high + chars
        left = right[seam[1] :]
    yield left


def tile_bytes(text: str, piece: Encoded, reached: int) -> tuple[np.ndarray, int]:
    """The bytes of UTF-8 from where the tokens before each one end to where it ends [tokens], and where the
    last one ends. Of tokens that share a character the first has its bytes."""
    edges = np.maximum.accumulate(np.concatenate(([reached], piece.ends)))
    points = np.frombuffer(text[reached : int(edges[-1])].encode("utf-32-le"), np.uint32)
    lengths = 1 + (points > 0x7F) + (points > 0x7FF) + (points > 0xFFFF)
    sums = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    return np.diff(sums[edges - reached]), int(edges[-1])


def _encode(tokenizer: Any, text: str, low: int, high: int) -> Encoded:
    made = tokenizer(
        text[low:high], add_special_tokens=False, return_offsets_mapping=True, return_attention_mask=False,
        verbose=False,
    )  # fmt: skip
    spans = np.array(made.offset_mapping, np.int64).reshape(-1, 2)
    return Encoded(np.array(made.input_ids, np.int64), spans[:, 0], spans[:, 1]).moved(low)


def _seam(left: Encoded, right: Encoded, low: int, high: int) -> tuple[int, int] | None:
    """The place in each from which on the text is taken from the right one: the nearest to the middle of the
    characters ``low`` to ``high`` around which both have the same tokens."""
    middle = (low + high) // 2
    places = {int(right.starts[at]): at for at in _clean(right)}
    shared = [(abs(int(left.starts[at]) - middle), at) for at in _clean(left)]
    for distance, at in sorted(shared):
        if distance > (high - low) // 4:
            return None
        other = places.get(int(left.starts[at]))
        if other is not None and _alike(left, at, right, other):
            return at, other
    return None


def _clean(tokens: Encoded) -> np.ndarray:
    """The places of tokens that begin where no token before them still goes on."""
    reached = np.maximum.accumulate(tokens.ends)[:-1]
    return 1 + np.flatnonzero(tokens.starts[1:] >= reached)


def _alike(left: Encoded, at: int, right: Encoded, other: int) -> bool:
    if min(at, other) < _ALIKE:
        return False
    one, two = left[at - _ALIKE : at + _ALIKE], right[other - _ALIKE : other + _ALIKE]
    return (
        all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ("ids", "starts", "ends"))
        and len(one) == 2 * _ALIKE
    )


def _by_decoding(tokenizer: Any, text: str) -> Encoded:
    """For a tokenizer that does not say where its tokens stand: as far as what it decodes them to reaches."""
    ids = tokenizer(text, add_special_tokens=False, verbose=False).input_ids
    lengths: list[int] = []
    for at in range(0, len(ids), _AT_ONCE):  # each piece is told by decoding all before it anew
        detokenizer = Detokenizer(tokenizer, ids[:at])
        lengths += [len(detokenizer.add(one)) for one in ids[at : at + _AT_ONCE]]
    ends = np.minimum(np.cumsum(lengths, dtype=np.int64), len(text))
    ends[-1:] = len(text)
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    return Encoded(np.array(ids, np.int64), starts.astype(np.int64), ends)
