"""N-grams of anything: how many there are, and which units stand in one that was matched. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Grams = Counter[tuple[str, ...]]


def ngrams(units: Sequence[str], most: int) -> Grams:
    """How often each n-gram of 1 to ``most`` units occurs.

    >>> ngrams("a a b".split(), 2)[("a",)], ngrams("a a b".split(), 2)[("a", "b")]
    (2, 1)
    """
    return Counter(tuple(units[at : at + n]) for n in range(1, most + 1) for at in range(len(units) - n + 1))


def most_of(counts: Iterable[Grams]) -> Grams:
    """Of each n-gram the most that one text has: what several references allow."""
    found: Grams = Counter()
    for one in counts:
        for gram, count in one.items():
            found[gram] = max(found[gram], count)
    return found


def covered(units: Sequence[str], allowed: Mapping[tuple[str, ...], int], most: int) -> list[int]:
    """Of each unit the length of the longest matched n-gram around it; an n-gram is matched as often as
    ``allowed`` says.

    >>> covered("the the cat sat".split(), ngrams("the cat ran".split(), 4), 4)
    [1, 2, 2, 0]
    """
    longest = [0] * len(units)
    for n in range(1, most + 1):
        left = dict(allowed)
        for at in range(len(units) - n + 1):
            gram = tuple(units[at : at + n])
            if left.get(gram, 0) > 0:
                left[gram] -= 1
                longest[at : at + n] = [n] * n
    return longest


def matched(units: Sequence[str], allowed: Mapping[tuple[str, ...], int], most: int) -> list[tuple[int, int]]:
    """For each order from 1 on: n-grams that match, and how many there are.

    >>> matched("the the cat sat".split(), ngrams("the cat ran".split(), 2), 2)
    [(2, 4), (1, 3)]
    """
    found = ngrams(units, most)
    return [
        (
            sum(min(count, allowed.get(gram, 0)) for gram, count in found.items() if len(gram) == n),
            max(0, len(units) - n + 1),
        )
        for n in range(1, most + 1)
    ]


def marks_of(longest: Sequence[int]) -> tuple[str, ...]:
    return tuple(str(n) if n else "" for n in longest)
