"""Places in a text and places in its tokens: where words begin among the pieces, and which span of tokens
answers a question. NumPy only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Span = tuple[int, int]  # characters: the first, and the one after the last

# An address, @someone or #something is one word; of "don't" the end is one, as in most tagged data.
_WORD = re.compile(r"https?://\S+|[@#]\w+|\w+(?:[-.]\w+)*|['’]\w+|[^\w\s]")


def words_of(text: str) -> list[Span]:
    """
    >>> [text[a:b] for text in ["It's @anna in New-York, now."] for a, b in words_of(text)]
    ['It', "'s", '@anna', 'in', 'New-York', ',', 'now', '.']
    """
    return [found.span() for found in _WORD.finditer(text)]


def first_pieces(words: Sequence[Span], pieces: Sequence[Span]) -> list[int | None]:
    """For each word the first piece that has a character of it, None where there is none (it was cut off).

    >>> first_pieces([(0, 5), (6, 9)], [(0, 0), (0, 3), (3, 5), (5, 9)])
    [1, 3]
    """
    found: list[int | None] = []
    place = 0
    for start, end in words:
        while place < len(pieces) and pieces[place][1] <= start:
            place += 1
        hit = place < len(pieces) and pieces[place][0] < end and pieces[place][1] > start
        found.append(place if hit else None)
    return found


@dataclass(frozen=True)
class TokenSpan:
    """Tokens ``first`` to ``last`` of ``window``, both within; ``score`` is the sum of two logits."""

    score: float
    window: int
    first: int
    last: int


def best_spans(
    starts: Sequence[np.ndarray],
    ends: Sequence[np.ndarray],
    allowed: Sequence[np.ndarray],
    longest: int,
    count: int = 1,
) -> tuple[list[TokenSpan], float]:
    """Over the windows of a text: the ``count`` spans of at most ``longest`` tokens with the highest scores,
    and the logarithm of the sum of the exponentials of all such spans. ``starts[window][token]`` and
    ``ends[window][token]`` are logits; ``allowed[window][token]`` says where an answer may lie."""
    found: list[TokenSpan] = []
    total = -np.inf
    for window, (start, end, may) in enumerate(zip(starts, ends, allowed, strict=True)):
        scores = _scores(start, end, may, longest)
        if not np.isfinite(scores).any():
            continue
        total = float(np.logaddexp(total, _log_sum(scores)))
        for flat in np.argsort(scores, axis=None)[::-1][:count].tolist():
            first, last = divmod(flat, len(start))
            if np.isfinite(scores[first, last]):
                found.append(TokenSpan(float(scores[first, last]), window, first, last))
    return sorted(found, key=lambda span: -span.score)[:count], total


def _scores(start: np.ndarray, end: np.ndarray, may: np.ndarray, longest: int) -> np.ndarray:
    """scores[first, last]; minus infinity where there can be no answer."""
    scores = start.astype(np.float64)[:, None] + end.astype(np.float64)[None, :]
    far = np.arange(len(end))[None, :] - np.arange(len(start))[:, None]
    fits = may[:, None] & may[None, :] & (far >= 0) & (far < longest)
    return np.where(fits, scores, -np.inf)


def _log_sum(scores: np.ndarray) -> float:
    most = scores.max()
    return float(most + np.log(np.exp(scores - most).sum()))
