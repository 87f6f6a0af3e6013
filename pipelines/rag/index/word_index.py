"""BM25 over chunks, computed beforehand for every word and chunk (bm25s; Lù, 2024) and read from the disk as
it is needed. Knows ids and words, and nothing of collections.
"""

import os
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import bm25s
import numpy as np

from pipelines.core.files import read_json, write_json
from pipelines.rag.index.exact import best
from pipelines.rag.index.words import analyser

# Anserini's (Yang, Fang and Lin, 2017). On 3,000 of FairytaleQA's training questions, asked of all its 3,350
# training sections, hit@5 is .803, and .785 with 1.5 and .75.
K1, B = 0.9, 0.4
_ABOUT = "about.json"

Hits = tuple[tuple[str, ...], tuple[float, ...]]


class Words:
    """The words of many texts as numbers, gathered text by text."""

    def __init__(self, language: str):
        self._words = analyser(language).words
        self.language = language
        self.numbers: dict[str, int] = {}
        self.texts: list[array] = []

    def add(self, text: str) -> None:
        numbers = self.numbers
        self.texts.append(array("i", [numbers.setdefault(word, len(numbers)) for word in self._words(text)]))


def scored(words: Words) -> bm25s.BM25:
    """BM25 as Lucene computes it, of every word in every text. Raises ValueError where no text has a word."""
    if not words.numbers:
        raise ValueError("no text has a word")
    index = bm25s.BM25(k1=K1, b=B, method="lucene")
    index.index((words.texts, words.numbers), create_empty_token=False, show_progress=False)
    return index


def save(index: bm25s.BM25, ids: Sequence[str], language: str, folder: Path) -> None:
    """On the disk when this returns."""
    index.save(folder, show_progress=False, allow_pickle=False)
    write_json(folder / _ABOUT, {"ids": list(ids), "language": language})
    for file in folder.iterdir():
        with file.open("rb+") as written:
            os.fsync(written.fileno())


class WordIndex:
    """What :func:`save` has left in ``folder``; the scores stay on the disk until they are asked for."""

    def __init__(self, folder: Path):
        self._index = bm25s.BM25.load(folder, mmap=True, show_progress=False, allow_pickle=False)
        about = read_json(folder / _ABOUT)
        self.ids: list[str] = about["ids"]
        self._places = {one: place for place, one in enumerate(self.ids)}
        self._words = analyser(about["language"]).words

    def search(self, query: str, k: int, allowed: Collection[str] | None = None) -> Hits:
        """(ids, scores) of the ``k`` best that have a word of ``query``, of equals the first that was
        indexed; among ``allowed`` where that is given."""
        known = self._index.get_tokens_ids(self._words(query))
        if not known:
            return (), ()
        scores = self._index.get_scores_from_ids(known)
        if allowed is None:
            places = best(scores, k)
        else:
            among = np.array(sorted(self._places[one] for one in allowed if one in self._places), np.int64)
            places = among[best(scores[among], k)]
        places = places[scores[places] > 0]
        return tuple(self.ids[place] for place in places), tuple(float(score) for score in scores[places])

    def weights(self, query: str) -> dict[str, float]:
        """Each word of ``query`` with the most that it can add to a score: how rare it is here, times how
        often it is asked for."""
        return {word: count * self._rarity(word) for word, count in Counter(self._words(query)).items()}

    def _rarity(self, word: str) -> float:
        (number,) = self._index.get_tokens_ids([word]) or (None,)
        ends = self._index.scores["indptr"]
        having = 0 if number is None else int(ends[number + 1] - ends[number])
        return float(np.log1p((len(self.ids) - having + 0.5) / (having + 0.5)))
