"""Chunks with their scores, best first: what every stage takes and gives. NumPy-free and pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ranking:
    """``ids`` beside ``scores``, which never grow."""

    ids: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, count: int) -> "Ranking":
        return Ranking(self.ids[:count], self.scores[:count])

    def only(self, wanted: Callable[[str], bool]) -> "Ranking":
        """Those chunks alone, in the same order."""
        pairs = [pair for pair in zip(self.ids, self.scores, strict=True) if wanted(pair[0])]
        return Ranking(tuple(one for one, _ in pairs), tuple(score for _, score in pairs))

    def by_id(self) -> dict[str, float]:
        return dict(zip(self.ids, self.scores, strict=True))


def ranking_of(ids: Sequence[str], scores: Sequence[float]) -> Ranking:
    """What an index has answered: ids beside scores, a list or an array, best first."""
    return Ranking(tuple(ids), tuple(map(float, scores)))


def ranked(scores: Mapping[str, float]) -> Ranking:
    """Equal scores stay in the order in which they came, so that the same search has the same answer.

    >>> ranked({"a": 1.0, "b": 2.0, "c": 1.0}).ids
    ('b', 'a', 'c')
    """
    order = sorted(scores, key=lambda one: -scores[one])
    return Ranking(tuple(order), tuple(float(scores[one]) for one in order))


def best_of(rankings: Iterable[Ranking]) -> Ranking:
    """Of several wordings' rankings one: each chunk with the best of its scores.

    >>> best_of([Ranking(("a", "b"), (3.0, 1.0)), Ranking(("b", "c"), (2.0, 0.5))])
    Ranking(ids=('a', 'b', 'c'), scores=(3.0, 2.0, 0.5))
    """
    best: dict[str, float] = {}
    for ranking in rankings:
        for one, score in zip(ranking.ids, ranking.scores, strict=True):
            best[one] = max(score, best.get(one, score))
    return ranked(best)


def union(*lists: Sequence[str]) -> tuple[str, ...]:
    """Every id once, in the order of its first appearance."""
    return tuple(dict.fromkeys(one for ids in lists for one in ids))


def missing(wanted: Iterable[str], known: Collection[str]) -> set[str]:
    return {one for one in wanted if one not in known}
