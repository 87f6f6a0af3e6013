"""How long a text is for the embedding model: in its tokens. Knows no tokenizer, only where tokens begin."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from pipelines.rag.chunking.pieces import pieces

Offsets = Callable[[str], Sequence[tuple[int, int]]]

_PIECE = 12_000  # characters that are tokenized in a step
_LONGEST = 64  # characters: a longer stretch counts as several tokens, so that no chunk grows without end


@dataclass(frozen=True)
class Counter:
    """``offsets(text)`` are the characters (start, end) of each token, all of them, without special tokens;
    ``limit`` is how many the embedding model reads."""

    offsets: Offsets
    limit: int

    def count(self, text: str) -> int:
        return len(self.offsets(text))


class Ruler:
    """``starts[token]`` is the character at which it begins, in order."""

    def __init__(self, starts: array):
        self._starts = starts

    def count(self, start: int, end: int) -> int:
        """Tokens that begin at characters ``start`` to ``end``."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def begins(self, place: int) -> bool:
        """Whether a token begins at this character."""
        found = bisect_left(self._starts, place)
        return found < len(self._starts) and self._starts[found] == place

    def before(self, place: int, tokens: int) -> int:
        """The character from which so many tokens lead up to ``place``; of fewer, all."""
        found = bisect_left(self._starts, place)
        return self._starts[max(0, found - tokens)] if found else place

    def between(self, start: int, end: int) -> Iterator[int]:
        """Where tokens begin, from ``start`` to ``end``."""
        for number in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            yield self._starts[number]


def measured(text: str, counter: Counter) -> Generator[None, None, Ruler]:
    """``ruler = yield from measured(...)``: tokenizes piece by piece, a step each. Four bytes a token."""
    starts = array("i", [0])
    for begin, end in pieces(text, 0, len(text), _PIECE):
        piece = text[begin:end]
        for start, stop in counter.offsets(piece):
            _add(starts, begin + _after_space(piece, start, stop))
        yield None
    _fill(starts, len(text))
    return Ruler(starts[1:])


def _after_space(piece: str, start: int, stop: int) -> int:
    """Some tokens begin with the space before their word; the word begins after it."""
    while start + 1 < stop and piece[start].isspace():
        start += 1
    return start


def _add(starts: array, start: int) -> None:
    _fill(starts, start)
    starts.append(max(start, starts[-1]))


def _fill(starts: array, end: int) -> None:
    """What is longer than a token should be counts as several."""
    if end - starts[-1] > _LONGEST:
        starts.extend(range(starts[-1] + _LONGEST, end, _LONGEST))
