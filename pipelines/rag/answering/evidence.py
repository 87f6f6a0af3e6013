"""What speaks for a claim in a set of passages, as numbers: words shared, runs of words, names and numbers
that must be there too, and nearness in meaning. No decision here; :mod:`pipelines.rag.answering.support`
makes it.

A claim is compared with *windows*: one, two or three neighbouring sentences of a passage.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.common.sentences import sentences_of
from pipelines.rag.answering.helping import HELPING
from pipelines.rag.answering.words import content, shared, stems, weights

WIDEST = 3  # sentences of a window
_WORTH = 5000  # characters that are worth as much as a claim that is there in full
_SAME = 1e-6
_MOST = 400  # words in which a run is looked for: the time grows with the square
SIGNS = (
    "own",  # share of what the claim says (weighted) that the window says too
    "new",  # the same of what it says beyond the question
    "asked",  # the same of the question's words
    "both",  # new times asked: the answer stands where the question's words stand
    "run",  # longest run of words in common, as a share of the claim
    "whole",  # 1 where the claim stands there word for word
    "near",  # cosine of the claim with the window
    "names",  # share of the claim's names that the passage has not
    "numbers",  # share of the claim's numbers that the window has not
    "negated",  # 1 where only one of claim and window denies
    "absent",  # log of 1 + the claim's words that the passage has not
    "long",  # log of 1 + the claim's words
)

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DENIES = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot)\b|n['’]t\b", re.I
)
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve"
_SPELT = {word: str(number) for number, word in enumerate(_SMALL.split())}


@dataclass(frozen=True)
class Window:
    """Characters ``start`` to ``end`` of passage ``passage``'s text; ``vector`` is of unit length."""

    passage: int
    start: int
    end: int
    text: str
    vector: np.ndarray

    @cached_property
    def stems(self) -> list[str]:
        return stems(self.text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return numbers(self.text)

    @cached_property
    def denies(self) -> bool:
        return bool(_DENIES.search(self.text))


class Evidence:
    """Windows of some passages, and what each claim finds in them. ``vectors[sentence]`` are of unit length,
    in the order of :func:`sentences_in`."""

    def __init__(self, texts: Sequence[str], vectors: np.ndarray):
        places = sentences_in(texts)
        self.windows = list(_windows(texts, places, vectors))
        self._vectors = np.array([window.vector for window in self.windows], np.float32)
        self._weight = weights(texts[number][a:b] for number, a, b in places)
        self._stems = [frozenset(stems(text)) for text in texts]
        self._words = [frozenset(map(_bare, _WORD.findall(text))) for text in texts]

    def of(self, claim: str, question: str, vectors: np.ndarray) -> tuple[Window, dict[str, float]]:
        """The window that speaks most for the claim, and its SIGNS. ``vectors[2]`` are of question and claim
        together, and of the claim alone. There must be windows."""
        own, asked = content(claim) or stems(claim), content(question)
        cosines = self._vectors @ vectors[0]
        best = max(
            range(len(self.windows)), key=lambda n: self._score(own, asked, self.windows[n], cosines[n])
        )
        near = float(self._vectors[best] @ vectors[1])
        return self.windows[best], self._signs(claim, own, asked, self.windows[best], near)

    def narrowed(self, claim: str, window: Window) -> Window:
        """The shortest part of the window that says as much of the claim: what a reader is shown."""
        own = content(claim) or stems(claim)
        most = shared(own, window.stems, self._weight)
        parts = [
            one
            for one in self.windows
            if one.passage == window.passage and window.start <= one.start and one.end <= window.end
        ]
        return min(
            (one for one in parts if shared(own, one.stems, self._weight) >= most - _SAME),
            key=lambda one: one.end - one.start,
        )

    def _score(self, own: list[str], asked: list[str], window: Window, cosine: float) -> float:
        """What else a sentence more says has to be worth its length."""
        words = shared(own, window.stems, self._weight) + shared(asked, window.stems, self._weight) / 2
        return float(cosine) + words - len(window.text) / _WORTH

    def _signs(
        self, claim: str, own: list[str], asked: list[str], window: Window, near: float
    ) -> dict[str, float]:
        said, there = stems(claim), self._stems[window.passage]
        beyond = [stem for stem in own if stem not in set(asked)] or own
        new = shared(beyond, window.stems, self._weight)
        about = shared(asked, window.stems, self._weight) if asked else 1.0
        run = longest_run(said[:_MOST], window.stems[:_MOST]) / max(1, min(len(said), _MOST))
        words = self._words[window.passage]
        found = {
            "own": shared(own, window.stems, self._weight),
            "new": new,
            "asked": about,
            "both": new * about,
            "run": run,
            "whole": float(run >= 1),
            "near": near,
            "names": _missing(names(claim, words), words),
            "numbers": _missing(numbers(claim), window.numbers),
            "negated": float(bool(_DENIES.search(claim)) != window.denies),
            "absent": math.log1p(sum(stem not in there for stem in set(beyond))),
            "long": math.log1p(len(said)),
        }
        return {name: value if math.isfinite(value) else 0.0 for name, value in found.items()}


def sentences_in(texts: Sequence[str]) -> list[tuple[int, int, int]]:
    """(passage, start, end) of each sentence."""
    return [(number, a, b) for number, text in enumerate(texts) for a, b in sentences_of(text)]


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words in a row they have in common.

    >>> longest_run("the old fox ran home".split(), "an old fox ran away".split())
    3
    """
    best, before = 0, [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for place, there in enumerate(other):
            row.append(before[place] + 1 if word == there else 0)
        best, before = max(best, *row), row
    return best


def numbers(text: str) -> frozenset[str]:
    """As digits, small ones written out too.

    >>> sorted(numbers("Three of the 1,200 men"))
    ['1200', '3']
    """
    digits = (found.replace(",", "") for found in _NUMBER.findall(text))
    spelt = (_SPELT[word] for word in map(str.lower, _WORD.findall(text)) if word in _SPELT)
    return frozenset([*digits, *spelt])


def names(text: str, known: frozenset[str]) -> frozenset[str]:
    """Words with a capital that no sentence's beginning explains: within one, or at one and not among the
    words of the passage (``known``) in small letters.

    >>> sorted(names("Tom met the Snow Queen.", frozenset(["tom", "queen"])))
    ['Queen', 'Snow']
    """
    starts = {a for a, _ in sentences_of(text)}
    found = []
    for match in _WORD.finditer(text):
        word = _bare(match.group())
        if not word[0].isupper() or word.lower() in HELPING or len(word) < 2:
            continue
        if match.start() in starts and word.lower() in known:
            continue
        found.append(word)
    return frozenset(found)


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")


def _missing(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted - there) / len(wanted) if wanted else 0.0


def _windows(
    texts: Sequence[str], places: Sequence[tuple[int, int, int]], vectors: np.ndarray
) -> Iterator[Window]:
    for first in range(len(places)):
        summed = np.zeros(vectors.shape[1], np.float32)
        for last in range(first, min(first + WIDEST, len(places))):
            number, _, end = places[last]
            if number != places[first][0]:
                break
            summed = summed + vectors[last]
            start = places[first][1]
            length = float(np.linalg.norm(summed))
            yield Window(number, start, end, texts[number][start:end], summed / length if length else summed)
