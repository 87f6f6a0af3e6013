"""What a normaliser changed, character by character, told from where its characters came from. Pure.

Two texts that were made from one original are cut wherever neither has a character that spans the cut; what
lies between two cuts is compared on its own, so the time is in proportion to the text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.tokenization.stage_view import Piece, Stage


@dataclass(frozen=True)
class Run:
    """``before`` became ``after``: the same text for what stayed, ``""`` before what was added and after what
    was removed."""

    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def runs(text: str, previous: Stage | None, stage: Stage, piece: Piece) -> tuple[Run, ...]:
    """One piece of a normaliser stage against the same stretch of the stage before it, in order.

    ``text`` is the original, ``previous`` the normaliser stage before, None for the first. Pieces that are
    tokens are never changed.
    """
    if piece.id is not None or stage.origins is None:
        return (Run(piece.text, piece.text),) if piece.text else ()
    before = _between(*_characters(text, previous), piece)
    return compare(before, _after(stage, piece))


def compare(before: "Spelt", after: "Spelt") -> tuple[Run, ...]:
    """The runs that lead from one spelling to another, those that stayed and those that changed in turn.

    >>> compare(Spelt("a b", ((0, 1), (1, 2), (2, 3))), Spelt("a▁b", ((0, 1), (1, 2), (2, 3))))
    (Run(before='a', after='a'), Run(before=' ', after='▁'), Run(before='b', after='b'))
    """
    found: list[Run] = []
    for one in _compared(before, after):
        if found and found[-1].changed == one.changed:
            last = found.pop()
            one = Run(last.before + one.before, last.after + one.after)
        found.append(one)
    return tuple(found)


@dataclass(frozen=True)
class Spelt:
    """A text, and for each character the (start, end) in the original that it came from."""

    text: str
    spans: Sequence[tuple[int, int]]


def _characters(text: str, previous: Stage | None) -> tuple[str, np.ndarray]:
    if previous is not None and previous.origins is not None:
        return previous.text, previous.origins
    places = np.arange(len(text))
    return text, np.stack([places, places + 1], axis=1)


def _between(text: str, origins: np.ndarray, piece: Piece) -> Spelt:
    """What of the earlier text came from the piece's stretch of the original."""
    inside = np.flatnonzero((origins[:, 0] >= piece.start) & (origins[:, 0] < piece.end)).tolist()
    return Spelt("".join(text[at] for at in inside), [tuple(origins[at].tolist()) for at in inside])


def _after(stage: Stage, piece: Piece) -> Spelt:
    at = 0
    for other in stage.pieces:
        if other is piece:
            break
        at += len(other.text)
    return Spelt(piece.text, [tuple(span) for span in stage.origins[at : at + len(piece.text)].tolist()])


def _compared(before: Spelt, after: Spelt) -> Iterator[Run]:
    a = b = 0
    for cut in _cuts(before.spans, after.spans):
        c, d = _reach(before.spans, a, cut), _reach(after.spans, b, cut)
        if c > a or d > b:
            yield from _trimmed(before.text[a:c], after.text[b:d])
        a, b = c, d
    if a < len(before.text) or b < len(after.text):
        yield from _trimmed(before.text[a:], after.text[b:])


def _cuts(*sides: Sequence[tuple[int, int]]) -> list[int]:
    """Places of the original that no character of either side spans."""
    spans = np.array([span for side in sides for span in side], dtype=np.int64).reshape(-1, 2)
    if not len(spans):
        return []
    low = spans.min()
    wide = spans[spans[:, 1] - spans[:, 0] > 1] - low
    depth = np.zeros(spans.max() - low + 2, dtype=np.int64)
    np.add.at(depth, wide[:, 0] + 1, 1)
    np.add.at(depth, wide[:, 1], -1)
    places = np.unique(spans)
    return places[np.cumsum(depth)[places - low] == 0].tolist()


def _reach(spans: Sequence[tuple[int, int]], at: int, cut: int) -> int:
    """The first character from ``at`` on that comes from beyond the cut."""
    while at < len(spans) and spans[at][1] <= cut and spans[at] != (cut, cut):
        at += 1
    return at


def _trimmed(before: str, after: str) -> Iterator[Run]:
    """What both begin and end with stayed; so did a whole side that stands within the other."""
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    inner = (before[head : len(before) - tail], after[head : len(after) - tail])
    kept = (before[:head], before[len(before) - tail :])
    parts = [Run(kept[0], kept[0]), *_inserted(*inner), Run(kept[1], kept[1])]
    yield from (part for part in parts if part.before or part.after)


def _inserted(before: str, after: str) -> list[Run]:
    """A side that stands within the other leaves what is around it; else all was replaced."""
    if before and before in after:
        left, _, right = after.partition(before)
        return [Run("", left), Run(before, before), Run("", right)]
    if after and after in before:
        left, _, right = before.partition(after)
        return [Run(left, ""), Run(after, after), Run(right, "")]
    return [Run(before, after)]


def _shared(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
