"""Pairs that say nothing new, and prompts that an evaluation asks: near duplicates by MinHash, leaks by
13-grams. NumPy and datasketch only; texts are compared by their words without case.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from pipelines.common.shingles import window_hashes
from pipelines.common.words import word_pattern
from pipelines.preferences.measures.finding import Finding, of_number
from pipelines.preferences.measures.majority import originals
from pipelines.preferences.records import Pair

_WORD = word_pattern()
_SHINGLE, _NEAR, _PERMUTATIONS = 5, 0.8, 128
_GRAM = 13  # words in a row that two texts hardly share by chance (Brown et al., 2020)
_MOST = 0.05


def near_duplicates(pairs: Sequence[Pair]) -> Finding:
    """Pairs whose prompt and answers are nearly those of an earlier pair, in either order of the answers."""
    kept = originals(pairs)
    found = [kept[i].id for i in _near([_set_of(pair) for pair in kept])]
    rule = f"look where more than {_MOST:.0%} of pairs nearly repeat an earlier one (Jaccard from {_NEAR} on)"
    look = len(found) > _MOST * len(kept)
    return of_number("near_duplicates", "Near duplicates", found, len(kept), look, rule)


def same_texts(pairs: Sequence[Pair]) -> Finding:
    """Pairs whose two answers are nearly one: whoever learns from them learns nothing."""
    kept = originals(pairs)
    found = [pair.id for pair in kept if _jaccard(shingles(pair.text_a), shingles(pair.text_b)) >= _NEAR]
    rule = f"look where any two answers are nearly the same (Jaccard from {_NEAR} on)"
    return of_number("same_texts", "Two answers nearly the same", found, len(kept), bool(found), rule)


def leaks(pairs: Sequence[Pair], evaluation: Iterable[str]) -> Finding:
    """Pairs whose prompt shares 13 words in a row with a text of the evaluation; shorter texts leak where all
    their words are those of a message."""
    grams, whole, texts = set(), set(), 0
    for text in evaluation:
        words = _words(text)
        texts += bool(words)
        whole.add(words)
        grams |= _grams(words)
    whole.discard(())
    kept = originals(pairs)
    found = [pair.id for pair in kept if _leaks(pair, grams, whole)]
    note = "" if texts else "No prompts of an evaluation were given to compare with."
    rule = f"look where any prompt shares {_GRAM} words in a row with the evaluation, or is one of its own"
    count = len(kept) if texts else 0
    return of_number("leaks", "Prompts of the evaluation", found, count, bool(found), rule, note)


def shingles(text: str) -> frozenset[int]:
    """32-bit hashes of the different sequences of five words; of a shorter text, one of all its words."""
    words = _words(text) or tuple(text.split())
    return frozenset(window_hashes(words, _SHINGLE).tolist()) if words else frozenset()


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _grams(words: tuple[str, ...]) -> set[int]:
    """Their hashes; Python's own, which are wide, since a false match here would accuse somebody."""
    return {hash(words[i : i + _GRAM]) for i in range(len(words) - _GRAM + 1)}


def _leaks(pair: Pair, grams: set[int], whole: set[tuple[str, ...]]) -> bool:
    said = [_words(one.content) for one in pair.prompt if one.role == "user"]
    return any(words in whole or not grams.isdisjoint(_grams(words)) for words in said)


def _set_of(pair: Pair) -> frozenset[int]:
    texts = (*(one.content for one in pair.prompt), pair.text_a, pair.text_b)
    return frozenset().union(*map(shingles, texts))


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _near(sets: list[frozenset[int]]) -> list[int]:
    """Places of sets that an earlier one nearly equals. MinHash finds the candidates, the sets decide."""
    from datasketch import MinHash, MinHashLSH  # takes a while to import: not when a page is built

    index = MinHashLSH(_NEAR, _PERMUTATIONS, weights=(0.2, 0.8))  # missing a copy costs more than a look
    base, found = MinHash(_PERMUTATIONS, hashfunc=int, scheme="affine32"), []
    for place, one in enumerate(sets):
        signature = MinHash(_PERMUTATIONS, hashfunc=int, permutations=base.permutations, scheme="affine32")
        signature.update_batch(np.fromiter(one, np.uint64, len(one)).tolist())
        if any(_jaccard(one, sets[other]) >= _NEAR for other in index.query(signature)):
            found.append(place)
        index.insert(place, signature, check_duplication=False)
    return found
