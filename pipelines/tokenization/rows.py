"""Some tokens of an encoding, in columns that can cross to the page: text of any length, a page at a time.
Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.tokenization.encode import Encoded


@dataclass(frozen=True, eq=False)
class TokenRows:
    """Tokens ``first`` to ``first + len(ids)`` of ``total``; every column has one row a token.

    ``tokens`` are the strings of the vocabulary, ``texts`` what their bytes spell: what is no whole character
    alone is U+FFFD there. ``raw[raw_offsets[row] : raw_offsets[row + 1]]`` are a token's bytes. Offsets are
    characters of the text, ``end`` exclusive. Tokens of one ``group`` share a character: it begins with the
    token ``group_first`` (counted from 0 in the whole text) and has ``group_size`` tokens. The other columns
    are those of :class:`~pipelines.tokenization.encode.Encoded`.
    """

    total: int
    first: int
    ids: np.ndarray
    tokens: tuple[str, ...]
    texts: tuple[str, ...]
    raw: np.ndarray
    raw_offsets: np.ndarray
    start: np.ndarray
    end: np.ndarray
    special: np.ndarray
    added: np.ndarray
    byte_fallback: np.ndarray
    unknown: np.ndarray
    group: np.ndarray
    group_first: np.ndarray
    group_size: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def bytes_of(self, row: int) -> bytes:
        return self.raw[self.raw_offsets[row] : self.raw_offsets[row + 1]].tobytes()


def token_rows(encoded: Encoded, first: int = 0, count: int = 100) -> TokenRows:
    """At most ``count`` tokens from the ``first`` on; none where the text has fewer."""
    first, part = max(0, first), slice(max(0, first), max(0, first) + max(0, count))
    raw = encoded.raw[part]
    group = encoded.group[part]
    begins = np.searchsorted(encoded.group, group, side="left")
    ends = np.searchsorted(encoded.group, group, side="right")
    return TokenRows(
        total=len(encoded),
        first=first,
        ids=encoded.ids[part],
        tokens=encoded.tokens[part],
        texts=tuple(one.decode("utf-8", "replace") for one in raw),
        raw=np.frombuffer(b"".join(raw), dtype=np.uint8),
        raw_offsets=_offsets(raw),
        start=encoded.start[part],
        end=encoded.end[part],
        special=encoded.special[part],
        added=encoded.added[part],
        byte_fallback=encoded.byte_fallback[part],
        unknown=encoded.unknown[part],
        group=group,
        group_first=begins,
        group_size=ends - begins,
    )


def _offsets(raw: Sequence[bytes]) -> np.ndarray:
    return np.cumsum([0, *map(len, raw)], dtype=np.int64)
