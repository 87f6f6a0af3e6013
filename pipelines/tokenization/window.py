"""Some lines of a text with the tokens that touch them: what the page shows at one time. Pure.

What is the same for every window of a text is made once and remembered; a window itself costs a few binary
searches and what it holds, however long the text is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.tokenization.align import align
from pipelines.tokenization.comparison import around
from pipelines.tokenization.encode import Encoded
from pipelines.tokenization.lines import cells

SPECIAL, ADDED, BYTE_FALLBACK, UNKNOWN = 1, 2, 4, 8  # bits of a token's flags
BINS = 200
MAX_RAW = 256  # bytes of a token that are listed


@dataclass(frozen=True, eq=False)
class Lane:
    """The tokens of one tokenizer that touch the window, one row a token, in order.

    ``index`` is the token's place among all, ``start`` and ``end`` (exclusive) are characters of the whole
    text, ``flags`` the sum of SPECIAL, ADDED (it was put around the text), BYTE_FALLBACK and UNKNOWN; tokens
    of the same ``group`` share a character. ``raw`` are bytes as hexadecimal digits, the first MAX_RAW of
    them. ``touching[bounds[line] : bounds[line + 1]]`` are the rows that touch a line.
    """

    index: np.ndarray
    ids: np.ndarray
    start: np.ndarray
    end: np.ndarray
    flags: np.ndarray
    group: np.ndarray
    tokens: tuple[str, ...]
    raw: tuple[str, ...]
    touching: np.ndarray
    bounds: np.ndarray

    def rows(self, line: int) -> np.ndarray:
        """The rows that touch line ``line`` of the window."""
        return self.touching[self.bounds[line] : self.bounds[line + 1]]


@dataclass(frozen=True, eq=False)
class Window:
    """Lines ``first`` on of ``total``, each with its text and its cells: ``starts[line]`` is its first
    character, with one entry more for the end. ``cells[line]`` has a digit a character, and is empty where
    all are 1. ``differs`` are the characters before which some tokenizers cut and some do not. ``previous``
    and ``following`` are the nearest lines outside the window that have such a place, -1 for none.
    ``density[bin]`` counts such places in equal shares of all lines, :data:`BINS` or one a line.
    """

    first: int
    total: int
    starts: np.ndarray
    texts: tuple[str, ...]
    cells: tuple[str, ...]
    differs: np.ndarray
    previous: int
    following: int
    density: np.ndarray
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, eq=False)
class _Index:
    """``reached[token]`` is the furthest end so far, ``least[token]`` the least start from there on: both
    never fall, whatever the order of the spans. ``around`` is where the text's own tokens begin and end.
    ``differs`` are the positions, in order. All are of 32 bits: a search for a wider number would copy them.
    """

    reached: tuple[np.ndarray, ...]
    least: tuple[np.ndarray, ...]
    around: tuple[tuple[int, int], ...]
    differs: np.ndarray


def make_window(encodings: Sequence[Encoded], starts: np.ndarray, first: int, lines: int) -> Window:
    """At most ``lines`` lines from ``first`` on, ``starts`` being those of all lines; none beyond the end.

    Raises SpecError unless the encodings are one or more of the same text.
    """
    if first < 0 or lines < 1:
        raise SpecError("lines", (first, lines), "a first line from 0 and a count from 1")
    index, text = _index(tuple(encodings)), encodings[0].text
    first = min(first, len(starts))
    edges = np.append(starts[first : first + lines + 1], len(text))[: lines + 1].astype(np.int32)
    texts = tuple(text[a:b] for a, b in pairwise(edges.tolist()))
    low, high = np.searchsorted(index.differs, (edges[0], edges[-1]))
    return Window(
        first=first,
        total=len(starts),
        starts=edges,
        texts=texts,
        cells=tuple(map(_digits, texts)),
        differs=index.differs[low:high],
        previous=_line_of(starts, index.differs, low - 1),
        following=_line_of(starts, index.differs, high),
        density=_density(starts, index.differs),
        lanes=tuple(_lane(one, index, which, edges) for which, one in enumerate(encodings)),
    )


@lru_cache(maxsize=2)
def _index(encodings: tuple[Encoded, ...]) -> _Index:
    """Encodings are told apart by identity; two sets at most are kept in memory by this."""
    return _Index(
        reached=tuple(np.maximum.accumulate(one.end) for one in encodings),
        least=tuple(np.minimum.accumulate(one.start[::-1])[::-1] for one in encodings),
        around=tuple(map(around, encodings)),
        differs=np.flatnonzero(align(encodings).differs).astype(np.int32),
    )


def _lane(encoded: Encoded, index: _Index, which: int, edges: np.ndarray) -> Lane:
    touching = _Touching(encoded, index, which)
    by_line = [touching(a, b) for a, b in pairwise(edges)]
    touched = np.concatenate([np.zeros(0, dtype=np.int64), *by_line])
    rows = np.unique(touched)
    listed = rows.tolist()
    return Lane(
        index=rows,
        ids=encoded.ids[rows],
        start=encoded.start[rows],
        end=encoded.end[rows],
        flags=_flags(encoded, rows),
        group=encoded.group[rows],
        tokens=tuple(encoded.tokens[i] for i in listed),
        raw=tuple(encoded.raw[i][:MAX_RAW].hex() for i in listed),
        touching=np.searchsorted(rows, touched),
        bounds=np.cumsum([0, *map(len, by_line)]),
    )


class _Touching:
    """Finds the tokens of a stretch of text. A token that stands for no character belongs to the one that
    follows it; what was put around the text belongs to its first and its last character."""

    def __init__(self, encoded: Encoded, index: _Index, which: int):
        self._encoded, self._reached, self._least = encoded, index.reached[which], index.least[which]
        self._before, self._after = index.around[which]

    def __call__(self, a: np.int32, b: np.int32) -> np.ndarray:
        length = len(self._encoded.text)
        low, high = np.searchsorted(self._reached, a), np.searchsorted(self._least, b, side="right")
        low, high = max(int(low), self._before), min(int(high), self._after)
        start, end = self._encoded.start[low:high], self._encoded.end[low:high]
        within = (start >= a) & ((start < b) | (b == length))
        touches = np.where(start < end, (start < b) & (end > a), within)
        parts = [low + np.flatnonzero(touches)]
        if a == 0:
            parts.insert(0, np.arange(self._before))
        if b == length:
            parts.append(np.arange(self._after, len(self._encoded)))
        return np.concatenate(parts).astype(np.int64)


def _flags(encoded: Encoded, index: np.ndarray) -> np.ndarray:
    bits = (SPECIAL, encoded.special), (ADDED, encoded.added), (BYTE_FALLBACK, encoded.byte_fallback)
    return sum(bit * marks[index].astype(np.uint8) for bit, marks in (*bits, (UNKNOWN, encoded.unknown)))


def _line_of(starts: np.ndarray, differs: np.ndarray, place: int) -> int:
    if not 0 <= place < len(differs):
        return -1
    return int(np.searchsorted(starts, differs[place], side="right")) - 1


def _density(starts: np.ndarray, differs: np.ndarray) -> np.ndarray:
    edges = np.linspace(0, len(starts), min(BINS, len(starts)) + 1).astype(np.int64)
    places = np.searchsorted(differs, starts[np.minimum(edges, len(starts) - 1)])
    places[edges == len(starts)] = len(differs)
    return np.diff(places)


def _digits(text: str) -> str:
    if text.isascii():
        return ""
    found = cells(text)
    return "" if (found == 1).all() else "".join(map(str, found.tolist()))
