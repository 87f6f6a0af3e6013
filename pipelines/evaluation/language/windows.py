"""A text's tokens as windows that a model reads, each token predicted once. Pure.

The windows are those of lm-evaluation-harness (``get_rolling_token_windows``): the first predicts a whole
context of tokens, each later one as many as the stride, after as many as there is room for. With a stride of
the whole context a token at a window's beginning has almost nothing before it; with a small one every token
has much, and the text is read several times over.

>>> for window in windows(iter([[1, 2, 3, 4, 5]]), start=0, size=Size(context=3, stride=1)):
...     print(window.ids.tolist(), window.scored)
[0, 1, 2, 3] 3
[1, 2, 3, 4] 1
[2, 3, 4, 5] 1
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Size:
    """In tokens: so many are read at most to predict the next one, and so many are predicted in each window
    after the first, 1 to all of them."""

    context: int
    stride: int


@dataclass(frozen=True, eq=False)
class Window:
    """``ids`` [read + 1]: the last ``scored`` of them are predicted, each from those before it. ``first`` is
    the place of the first scored one among the text's own tokens."""

    ids: np.ndarray
    scored: int
    first: int

    @property
    def before(self) -> np.ndarray:
        """How many tokens are read before each scored one [scored]."""
        return np.arange(len(self.ids) - self.scored, len(self.ids))


def windows(pieces: Iterator[Sequence[int]], start: int | None, size: Size) -> Iterator[Window]:
    """Of a text's tokens, which come in ``pieces`` and are held no longer than they are needed. ``start`` is
    put before them; without one the first token is not predicted."""
    rows = _Rows(start, size)
    for piece in pieces:
        rows.held.extend(piece)
        while rows.ready >= rows.wanted:
            yield rows.take(rows.wanted)
    while rows.ready > 0:
        yield rows.take(min(rows.wanted, rows.ready))


class _Rows:
    """The tokens that are still needed: ``held`` begins with the text's token number ``base``, the start
    token being -1. ``done`` of the held ones need no prediction any more."""

    def __init__(self, start: int | None, size: Size):
        self._size = size
        self.held: list[int] = [] if start is None else [start]
        self._base, self._done = (0 if start is None else -1), 1
        self.wanted = size.context

    @property
    def ready(self) -> int:
        return len(self.held) - self._done

    def take(self, scored: int) -> Window:
        end = self._done + scored
        low = max(0, end - self._size.context - 1)
        made = Window(np.array(self.held[low:end], np.int64), scored, self._base + self._done)
        drop = max(0, end - self._size.context)
        del self.held[:drop]
        self._base, self._done, self.wanted = self._base + drop, end - drop, self._size.stride
        return made
